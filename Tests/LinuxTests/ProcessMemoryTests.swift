import Foundation
import ScytheLinux
import TestSupport
import Testing

private enum KernelThread {
  /// Any of them; none is to be seen in a container.
  static let first: PID? = {
    var found: PID?
    try? Procfs().forEachProcess { (pid) throws(Errno) in
      if let stat = try? Procfs().stat(of: pid), stat.isKernelThread { found = pid }
      return found == nil
    }
    return found
  }()
}

private enum HugePages {
  static let free: Int = {
    let text = FileManager.default.contents(atPath: "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages")
    return Int(String(decoding: text ?? Data(), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
  }()
}

private func status(_ victim: VictimProcess) throws -> ProcessStatus { try Procfs().status(of: victim.pid) }

/// The anonymous memory of a process, page by page: the count that its status tells may lag behind.
private func anonymousBytes(of pid: PID) throws -> UInt64 { try Procfs().countedMemory(of: pid).anonymousBytes }

/// What a release of this process's memory answers.
private func release(_ process: borrowing ProcessDescriptor) -> Errno? {
  do throws(Errno) {
    try process.releaseMemory()
    return nil
  } catch {
    return error
  }
}

@Suite(.enabled(if: KernelFeatures.hasRelease, "process_mrelease came with Linux 5.15"))
struct `Releasing the memory` {
  @Test func `of a live process is EINVAL, and it lives on`() throws {
    let victim = try VictimProcess("--anon", "8M")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    #expect(release(process) == .invalidArgument)
    #expect(try anonymousBytes(of: victim.pid) >= 8 << 20)
    let isDead = try process.waitForExit(timeoutMilliseconds: 0)
    #expect(!isDead)
  }

  @Test func `of a stopped process is EINVAL, also with a SIGTERM pending`() throws {
    let victim = try VictimProcess("--anon", "8M")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.stop)
    // While both signals wait for it, a process takes the one with the lower number first, and dies of it.
    for _ in 0..<1000 where try Procfs().stat(of: victim.pid).state != UInt8(ascii: "T") { usleep(10_000) }
    #expect(release(process) == .invalidArgument)
    try process.send(.terminate)
    #expect(release(process) == .invalidArgument)
    #expect(try anonymousBytes(of: victim.pid) >= 8 << 20)
  }

  @Test func `of a process that ignores SIGTERM is EINVAL`() throws {
    let victim = try VictimProcess("--anon", "8M", "--ignore-term")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.terminate)
    #expect(release(process) == .invalidArgument)
  }

  @Test func `of a process that takes its time after SIGTERM is EINVAL`() throws {
    // The trap of earlyoom's issues 354 and 373: it handles the signal, so it is not dying yet.
    let victim = try VictimProcess("--anon", "8M", "--exit-on-term-after", "60000")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.terminate)
    #expect(release(process) == .invalidArgument)
  }

  @Test func `of a dying process works, as often as one likes`() throws {
    let victim = try VictimProcess("--anon", "16M", "--held")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    #expect(victim.ask("r") != "rss 0")
    for _ in 0..<3 {
      #expect(release(process) == nil)
      #expect(victim.ask("r") == "rss 0")
    }
    let isDead = try process.waitForExit(timeoutMilliseconds: 0)
    #expect(!isDead)
    #expect(victim.ask("x") == "exited 9")
    #expect(release(process) == .noSuchProcess)
  }

  @Test func `of a process with several threads works too`() throws {
    let victim = try VictimProcess("--anon", "8M", "--threads", "4", "--held")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    #expect(release(process) == nil)
    #expect(victim.ask("r") == "rss 0")
  }

  @Test func `of a process that exits of its own accord works`() throws {
    let victim = try VictimProcess("--anon", "8M", "--exit-on-term-after", "0", "--held")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.terminate)
    var answer = release(process)
    for _ in 0..<500 where answer == .invalidArgument {
      MonotonicClock.sleep(nanoseconds: 10_000_000)
      answer = release(process)
    }
    #expect(answer == nil)
    #expect(victim.ask("r") == "rss 0")
    #expect(victim.ask("x") == "exited 0")
  }

  @Test func `of a process that is stopped when it is killed finds it dying or gone`() throws {
    let victim = try VictimProcess("--anon", "8M")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.stop)
    try process.send(.kill)
    let answer = release(process)
    #expect(answer == nil || answer == .noSuchProcess)
    #expect(try process.waitForExit(timeoutMilliseconds: 5000))
    #expect(victim.ask("w") == "exited 9")
  }

  @Test func `of a zombie is ESRCH`() throws {
    let victim = try VictimProcess("--zombie")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    try #require(try process.waitForExit(timeoutMilliseconds: 5000))
    #expect(release(process) == .noSuchProcess)
    #expect(try Procfs().status(of: victim.pid).hasMemory == false)
  }

  @Test func `of a reaped process is ESRCH`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    #expect(victim.ask("w") == "exited 9")
    #expect(release(process) == .noSuchProcess)
  }

  @Test(.enabled(if: KernelThread.first != nil, "needs a kernel thread in sight, so not a container"))
  func `of a kernel thread is refused`() throws {
    let thread = try #require(KernelThread.first)
    let answer = release(try ProcessDescriptor(thread))
    // EINVAL while it borrows somebody's memory.
    #expect(answer == .noSuchProcess || answer == .invalidArgument)
  }

  @Test func `of process 1 is EINVAL`() throws {
    #expect(release(try ProcessDescriptor(.initProcess)) == .invalidArgument)
  }

  @Test func `of the caller is EINVAL`() throws {
    #expect(release(try ProcessDescriptor(.current)) == .invalidArgument)
  }

  @Test(arguments: ["clone-vm", "vfork"])
  func `that a live process shares is EINVAL, and the sharer loses nothing`(kind: String) throws {
    let victim = try VictimProcess("--anon", "8M", "--share", kind, "--held")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    let sharer = try ProcessDescriptor(victim.pid("sharer"))
    try process.send(.kill)
    #expect(release(process) == .invalidArgument)
    #expect(try anonymousBytes(of: victim.pid("sharer")) >= 8 << 20)
    #expect(try anonymousBytes(of: victim.pid) >= 8 << 20)
    try sharer.send(.kill)
    // From now on everybody who uses the memory is dying, so it may go.
    #expect(release(process) == nil)
    #expect(try status(victim).anonymousBytes == 0)
  }

  @Test(arguments: ["clone-vm", "vfork"])
  func `of a killed sharer whose partner lives is EINVAL or ESRCH`(kind: String) throws {
    let victim = try VictimProcess("--anon", "8M", "--share", kind)
    defer { victim.end() }
    let sharer = try ProcessDescriptor(victim.pid("sharer"))
    let process = try ProcessDescriptor(victim.pid)
    try sharer.send(.kill)
    let answer = release(sharer)
    // ESRCH once it has left the memory.
    #expect(answer == .invalidArgument || answer == .noSuchProcess)
    let isDead = try process.waitForExit(timeoutMilliseconds: 0)
    #expect(!isDead)
    #expect(try anonymousBytes(of: victim.pid) >= 8 << 20)
  }
}

/// Kinds of memory, by the victim's options.
private let releasedKinds = [
  ["--anon", "8M"], ["--anon", "8M", "--locked"], ["--anon", "8M", "--vmas", "64"], ["--memfd-private", "8M"],
  ["--prot-none", "8M"],
]

/// Starts a victim with this memory that does not get past the start of its exit.
private func held(_ kind: [String]) throws -> VictimProcess { try VictimProcess(kind + ["--held"]) }

@Suite(.enabled(if: KernelFeatures.hasRelease, "process_mrelease came with Linux 5.15"))
struct `A release` {
  @Test(arguments: releasedKinds)
  func `frees private anonymous memory, whatever its kind`(kind: [String]) throws {
    let victim = try held(kind)
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    let before = try status(victim)
    #expect(try anonymousBytes(of: victim.pid) >= 8 << 20)
    try process.send(.kill)
    try process.releaseMemory()
    let after = try status(victim)
    #expect(after.hasMemory)
    #expect(after.anonymousBytes == 0)
    #expect(after.swapBytes == 0)
    // Page tables stay until the exit.
    #expect(after.pageTableBytes == before.pageTableBytes)
    #expect(victim.ask("r") == "rss 0")
  }

  @Test func `leaves shared memory for the exit`() throws {
    let victim = try VictimProcess("--anon", "8M", "--shared", "8M", "--held")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    #expect(try residentBytes(of: victim.pid, atLeast: 8 << 20) == 16 << 20)
    try process.send(.kill)
    try process.releaseMemory()
    #expect(try status(victim).anonymousBytes == 0)
    #expect(try residentBytes(of: victim.pid, atLeast: 8 << 20) == 8 << 20)
  }

  @Test func `unmaps the pages of a private file mapping`() throws {
    let victim = try VictimProcess("--file", "8M", "--held")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    #expect(try residentBytes(of: victim.pid, atLeast: 8 << 20) == 8 << 20)
    try process.send(.kill)
    try process.releaseMemory()
    #expect(try residentBytes(of: victim.pid, atLeast: 8 << 20) == 0)
    #expect(try status(victim).fileBytes < 1 << 20)
  }

  @Test(.enabled(if: HugePages.free >= 4, "needs 4 free huge pages: sysctl vm.nr_hugepages=8"))
  func `leaves huge pages of the pool for the exit`() throws {
    let victim = try VictimProcess("--hugetlb", "8M", "--anon", "8M", "--held")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    try process.releaseMemory()
    let after = try status(victim)
    #expect(after.anonymousBytes == 0)
    #expect(after.hugetlbBytes == 8 << 20)
  }
}

/// The largest private, writable, anonymous mapping of a process.
private func largestMapping(of pid: PID) throws -> AddressRange {
  let text = String(
    decoding: try #require(FileManager.default.contents(atPath: "/proc/\(pid.rawValue)/maps")), as: UTF8.self)
  var largest = AddressRange(base: 0, length: 0)
  for line in text.split(separator: "\n") {
    let fields = line.split(separator: " ")
    guard fields.count == 5, fields[1] == "rw-p" else { continue }
    let ends = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
    if ends[1] - ends[0] > largest.length { largest = AddressRange(base: ends[0], length: ends[1] - ends[0]) }
  }
  return largest
}

private func advise(
  _ process: borrowing ProcessDescriptor, _ advice: MemoryAdvice, _ ranges: [AddressRange], flags: UInt32 = 0
) throws(Errno) -> Int {
  try process.advise(advice, ranges.span, flags: flags)
}

@Suite struct `Advice about the memory of another process` {
  @Test(arguments: [MemoryAdvice.cold, .pageOut])
  func `walks the ranges that it is given`(advice: MemoryAdvice) throws {
    let victim = try VictimProcess("--anon", "8M")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    let range = try largestMapping(of: victim.pid)
    #expect(range.length == 8 << 20)
    #expect(try advise(process, advice, [range]) == 8 << 20)
    let halves = [
      AddressRange(base: range.base, length: 1 << 20), AddressRange(base: range.base + 4 << 20, length: 1 << 20),
    ]
    #expect(try advise(process, advice, halves) == 2 << 20)
    #expect(try advise(process, advice, []) == 0)
    let isDead = try process.waitForExit(timeoutMilliseconds: 0)
    #expect(!isDead)
  }

  @Test func `to a dying process that still has its memory is taken`() throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    let range = try largestMapping(of: victim.pid)
    try process.send(.kill)
    #expect(try advise(process, .cold, [range]) == 8 << 20)
  }

  @Test func `that would destroy is EINVAL and destroys nothing`() throws {
    let victim = try VictimProcess("--anon", "8M")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    let range = try largestMapping(of: victim.pid)
    for number in [MemoryAdvice.dontNeed.rawValue, 8, 24] {
      #expect(throws: Errno.invalidArgument) { try advise(process, MemoryAdvice(rawValue: number), [range]) }
    }
    #expect(try anonymousBytes(of: victim.pid) >= 8 << 20)
  }

  @Test func `that would destroy is EINVAL for a dying process too`() throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    let range = try largestMapping(of: victim.pid)
    try process.send(.kill)
    #expect(throws: Errno.invalidArgument) { try advise(process, .dontNeed, [range]) }
    #expect(try anonymousBytes(of: victim.pid) >= 8 << 20)
  }

  @Test(arguments: [1, 2, 0x8000_0000 as UInt32])
  func `with a flag is EINVAL`(flags: UInt32) throws {
    let victim = try VictimProcess("--anon", "8M")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    let range = try largestMapping(of: victim.pid)
    #expect(throws: Errno.invalidArgument) { try advise(process, .cold, [range], flags: flags) }
  }

  @Test func `about a hole, or a range that is not aligned, is refused`() throws {
    let victim = try VictimProcess("--anon", "8M")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    let range = try largestMapping(of: victim.pid)
    // The victim leaves a hole at both ends, which is reserved; 64 KiB is below the lowest address that can be mapped.
    let hole = AddressRange(base: 0, length: 4096)
    #expect(throws: Errno.noMemory) { try advise(process, .cold, [hole]) }
    let crooked = AddressRange(base: range.base + 1, length: 4096)
    #expect(throws: Errno.invalidArgument) { try advise(process, .cold, [crooked]) }
    // What came before the bad one counts.
    #expect(try advise(process, .cold, [range, hole]) == 8 << 20)
    let tooMany = [AddressRange](repeating: AddressRange(base: range.base, length: 4096), count: 1025)
    #expect(throws: Errno.invalidArgument) { try advise(process, .cold, tooMany) }
    #expect(try advise(process, .cold, Array(tooMany[..<1024])) == 1024 * 4096)
  }

  @Test func `to a process that is gone is ESRCH`() throws {
    let victim = try VictimProcess("--anon", "8M")
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    let range = try largestMapping(of: victim.pid)
    try process.send(.kill)
    #expect(victim.ask("w") == "exited 9")
    #expect(throws: Errno.noSuchProcess) { try advise(process, .cold, [range]) }
  }
}
