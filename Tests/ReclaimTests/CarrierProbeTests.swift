import Foundation
import ScytheLinux
import ScytheReclaim
import TestSupport
import Testing

/// The live kernel, with a `/proc` in which the tests are in another control group.
private struct KernelElsewhere: ForwardingKernel {
  let live: LiveKernel
}

private let canLimit: Bool = {
  guard let group = try? TestControlGroup(.unified) else { return false }
  return FileManager.default.fileExists(atPath: "\(group.path)/memory.max")
}()

@Suite struct `The carrier limit, when it is probed,` {
  /// Probes it as a process of a group below the one that the tests run in.
  private func probe(in group: TestControlGroup) throws -> ReclaimError? {
    let own = try String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8).split(separator: "\n")
    let line = try #require(own.first { $0.hasPrefix("0::") })
    let home = try #require(TestControlGroup.home(in: .unified))
    // The root is called "/"; the path of any other group does not end with that.
    let below = group.path.dropFirst(home.hasSuffix("/") ? home.count - 1 : home.count)
    let overlay = try ProcfsOverlay()
    defer { overlay.remove() }
    try overlay.set("cgroup", of: PID.current, to: (line.hasSuffix(":/") ? line.dropLast() : line) + below + "\n")
    do throws(ReclaimError) {
      try Reclaim(kernel: KernelElsewhere(live: LiveKernel(procfs: overlay.procfs))).probe(.limit)
      return nil
    } catch {
      return error
    }
  }

  @Test(.enabled(if: canLimit, "needs root and cgroup v2 with the memory controller"), arguments: ["max", "104857600"])
  func `works in a group that has memory.max, whatever that says`(limit: String) throws {
    let group = try TestControlGroup(.unified)
    defer { group.remove() }
    try group.write(limit, to: "memory.max")
    #expect(try probe(in: group) == nil)
  }

  @Test(
    .enabled(if: TestControlGroup.isAvailable(.unified) && !canLimit, "there is a memory controller, or no cgroup v2"))
  func `does not in a group without the memory controller`() throws {
    let group = try TestControlGroup(.unified)
    defer { group.remove() }
    #expect(try probe(in: group) == .unsupported)
  }
}
