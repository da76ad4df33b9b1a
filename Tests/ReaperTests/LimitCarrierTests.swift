import Foundation
import ScytheLinux
import ScytheReaper
import ScytheReclaim
import TestSupport
import Testing

@Suite struct `A limit that is lowered for a moment` {
  private struct Files {
    let folder = NSTemporaryDirectory() + "scythe-limit-\(UUID().uuidString)"
    var first: String { folder + "/memory.max" }
    var second: String { folder + "/memory.swap.max" }

    init() throws {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
      try "0".write(toFile: first, atomically: false, encoding: .utf8)
      try "0".write(toFile: second, atomically: false, encoding: .utf8)
    }

    func guardian() throws -> LimitGuardian {
      try LimitGuardian(
        FileDescriptor(PathBuffer(bytes: first.utf8), .write), PathBuffer("524288000"),
        FileDescriptor(PathBuffer(bytes: second.utf8), .write), PathBuffer("max"))
    }

    var contents: [String] { [first, second].map { (try? String(contentsOfFile: $0, encoding: .utf8)) ?? "" } }

    /// Waits until the files say this, or for two seconds.
    func become(_ expected: [String]) -> Bool {
      for _ in 0..<200 where contents != expected { usleep(10_000) }
      return contents == expected
    }
  }

  @Test func `is put back when the program that lowered it dies`() throws {
    let files = try Files()
    defer { try? FileManager.default.removeItem(atPath: files.folder) }
    do {
      let guardian = try files.guardian()
      #expect(files.contents == ["0", "0"])
      // What a death does: the pipe closes without a word.
      _ = consume guardian
    }
    #expect(files.become(["524288000", "max"]))
  }

  @Test func `is left alone by a guardian that was let go`() throws {
    let files = try Files()
    defer { try? FileManager.default.removeItem(atPath: files.folder) }
    try files.guardian().dismiss()
    usleep(200_000)
    #expect(files.contents == ["0", "0"])
  }
}

private let hasMemoryController: Bool = {
  guard let home = TestControlGroup.home(in: .unified) else { return false }
  let text = try? String(contentsOfFile: home + "/cgroup.subtree_control", encoding: .utf8)
  return text?.contains("memory") ?? false
}()

@Suite(.enabled(if: TestControlGroup.isAvailable(.unified), "needs root and a mounted cgroup v2"))
struct `The carrier limit` {
  private var options: KillOptions {
    var options = KillOptions.deadline(milliseconds: 500)
    options.carrier = .limit
    return options
  }

  @Test func `touches no group with a member that lives`() throws {
    let group = try TestControlGroup(.unified)
    let victim = try VictimProcess("--anon", "4M", "--held")
    let bystander = try VictimProcess("--anon", "1M")
    try group.add(victim.pid)
    try group.add(bystander.pid)
    #expect(try kill(victim.pid, options).fate == .notAlone)
    #expect(isAlive(bystander.pid))
    victim.end()
    bystander.end()
  }

  @Test func `touches no group with groups below it`() throws {
    let group = try TestControlGroup(.unified)
    let child = try TestControlGroup(in: group)
    let victim = try VictimProcess("--anon", "4M", "--held")
    try group.add(victim.pid)
    #expect(try kill(victim.pid, options).fate == .notAlone)
    victim.end()
    child.remove()
  }

  @Test(.enabled(if: hasMemoryController, "needs cgroup v2 with the memory controller"))
  func `frees a victim that is stuck in its exit, and puts the limit back`() throws {
    let home = try #require(TestControlGroup.home(in: .unified))
    let victim = try VictimProcess("--anon", "8M", "--held", "--group", home)
    let group = try #require(victim.values["group"])
    let limits = try ["max", "swap.max"].map { "\(group)/memory.\($0)" }.filter(FileManager.default.fileExists)
      .map { try ($0, String(contentsOfFile: $0, encoding: .utf8)) }
    #expect(!limits.isEmpty)
    // The kernel's reaper alone waits two seconds.
    var options = KillOptions.deadline(milliseconds: 20_000)
    options.carrier = .limit
    let report = try kill(victim.pid, options)
    #expect(report.fate == .released)
    #expect(report.bytesBack >= 8 << 20 - KernelFeatures.countLag)
    #expect(report.left.privateBytes == 0)
    #expect(victim.ask("r") == "rss 0")
    for (file, text) in limits { #expect(try String(contentsOfFile: file, encoding: .utf8) == text, "\(file)") }
    victim.end()
  }

  @Test(.enabled(if: !hasMemoryController, "the v2 memory controller counts here"))
  func `says so where there is no memory controller`() throws {
    let group = try TestControlGroup(.unified)
    let victim = try VictimProcess("--anon", "4M", "--held")
    try group.add(victim.pid)
    let report = try kill(victim.pid, options)
    #expect(report.fate == .unsupported)
    #expect(report.left.privateBytes >= 4 << 20 - KernelFeatures.countLag)
    victim.end()
  }
}
