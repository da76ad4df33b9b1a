import CScytheABI
import Foundation
import ScytheLinux
import TestSupport
import Testing

private let whole = UInt32(PMADV_FLAG_RANGE)
private let dontNeed: CInt = 4
private let cold: CInt = 20

@Suite(.enabled(if: hasLibscythe, needsLibscythe), .enabled(if: mayAdvise, needsRight))
struct `process_madvise with PMADV_FLAG_RANGE` {
  @Test(arguments: [cold, 21, 3, 25])
  func `takes the advice that the kernel takes for others`(advice: CInt) throws {
    let victim = try VictimProcess("--anon", "8M")
    #expect(try processMadvise(RawDescriptor(of: victim.pid), advice, whole) == .value(0))
    #expect(isAlive(victim.pid))
    #expect(victim.ask("r").hasPrefix("rss "))
  }

  @Test func `reaches what is behind holes and locked areas, and leaves those alone`() throws {
    let victim = try VictimProcess("--areas", "a16,x4,l8,x4,a16")
    #expect(try referencedBytes(of: victim, pages: 0..<48) == 40)
    let pidfd = try RawDescriptor(of: victim.pid)
    #expect(processMadvise(pidfd, cold, whole) == .value(0))
    #expect(try referencedBytes(of: victim, pages: 0..<16) == 0)
    #expect(try referencedBytes(of: victim, pages: 20..<28) == 8)
    #expect(try referencedBytes(of: victim, pages: 32..<48) == 0)
  }

  @Test func `means the whole process whatever a valid vector says`() throws {
    let victim = try VictimProcess("--areas", "a16")
    let pidfd = try RawDescriptor(of: victim.pid)
    let anything = [AddressRange(base: 4096, length: 1), AddressRange(base: 12345, length: 0)]
    #expect(processMadvise(pidfd, anything, cold, whole) == .value(0))
    #expect(try referencedBytes(of: victim, pages: 0..<16) == 0)
  }

  @Test func `looks at the vector before the descriptor`() throws {
    let nowhere = unsafe UnsafeRawPointer(bitPattern: 8)
    #expect(unsafe processMadvise(noDescriptor, nowhere, 1, cold, whole) == .failure(.badAddress))
    #expect(unsafe processMadvise(noDescriptor, nowhere, 0, cold, whole) == .failure(.badFileDescriptor))
    let many = [AddressRange](repeating: AddressRange(base: 0, length: 0), count: 1025)
    #expect(processMadvise(noDescriptor, many, cold, whole) == .failure(.invalidArgument))
    #expect(processMadvise(noDescriptor, many.dropLast(), cold, whole) == .failure(.badFileDescriptor))
    // Longer than any memory.
    #expect(
      processMadvise(noDescriptor, [AddressRange(base: 0, length: 1 << 63)], cold, whole) == .failure(.invalidArgument))
  }

  @Test func `looks at the descriptor before the advice`() throws {
    let directory = try RawDescriptor(opening: "/proc/\(getpid())", O_DIRECTORY | O_CLOEXEC)
    let plain = try RawDescriptor(opening: "/dev/null", O_RDONLY | O_CLOEXEC)
    for number: CInt in [-1, 1 << 30, plain.number, directory.number] {
      #expect(processMadvise(number, cold, whole) == .failure(.badFileDescriptor))
      #expect(processMadvise(number, 999, whole) == .failure(.badFileDescriptor))
      #expect(processMadvise(number, dontNeed, whole) == .failure(.badFileDescriptor))
    }
  }

  @Test func `of a process that has been waited for is ESRCH, whatever the advice`() throws {
    let victim = try VictimProcess()
    let pidfd = try RawDescriptor(of: victim.pid)
    try ProcessDescriptor(victim.pid).send(.kill)
    #expect(victim.ask("w") == "exited 9")
    for advice in [cold, dontNeed, 8, 999] {
      #expect(processMadvise(pidfd, advice, whole) == .failure(.noSuchProcess))
    }
  }

  @Test func `of a zombie looks at the advice first`() throws {
    let victim = try VictimProcess("--zombie")
    let pidfd = try RawDescriptor(of: victim.pid)
    let process = try ProcessDescriptor(victim.pid)
    try process.send(.kill)
    #expect(try process.waitForExit(timeoutMilliseconds: 5000))
    for advice in [cold, dontNeed] {
      #expect(processMadvise(pidfd, advice, whole) == .failure(.noSuchProcess))
    }
    for advice: CInt in [8, 999] {
      #expect(processMadvise(pidfd, advice, whole) == .failure(.invalidArgument))
    }
  }

  // MADV_REMOVE, FREE, MERGEABLE, POPULATE_READ, DONTNEED_LOCKED, GUARD_INSTALL, and what is none.
  @Test(arguments: [-1, 0, 1, 8, 9, 12, 22, 24, 102, 999])
  func `refuses advice that nobody may give to others`(advice: CInt) throws {
    let victim = try VictimProcess("--anon", "1M")
    #expect(try processMadvise(RawDescriptor(of: victim.pid), advice, whole) == .failure(.invalidArgument))
    #expect(try processMadvise(RawDescriptor(of: .current), advice, whole) == .failure(.invalidArgument))
    #expect(try Procfs().status(of: victim.pid).anonymousBytes >= 1 << 20)
  }

  @Test func `MADV_DONTNEED on a process that lives is EINVAL, and nothing is lost`() throws {
    let victim = try VictimProcess("--anon", "8M")
    let pidfd = try RawDescriptor(of: victim.pid)
    #expect(processMadvise(pidfd, dontNeed, whole) == .failure(.invalidArgument))
    #expect(try Procfs().status(of: victim.pid).anonymousBytes >= 8 << 20)
    #expect(try processMadvise(RawDescriptor(of: .current), dontNeed, whole) == .failure(.invalidArgument))
    try ProcessDescriptor(victim.pid).send(.stop)
    #expect(processMadvise(pidfd, dontNeed, whole) == .failure(.invalidArgument))
    #expect(try Procfs().status(of: victim.pid).anonymousBytes >= 8 << 20)
  }

  @Test func `MADV_DONTNEED on a process that is stuck in its exit frees its memory`() throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    let pidfd = try RawDescriptor(of: victim.pid)
    try killAndHold(victim)
    #expect(try Procfs().status(of: victim.pid).anonymousBytes >= 8 << 20)
    #expect(processMadvise(pidfd, dontNeed, whole) == .value(0))
    #expect(victim.ask("r") == "rss 0")
    #expect(processMadvise(pidfd, dontNeed, whole) == .value(0))
    #expect(victim.ask("x") == "exited 9")
    #expect(processMadvise(pidfd, dontNeed, whole) == .failure(.noSuchProcess))
  }

  @Test func `MADV_DONTNEED is EINVAL while one that lives shares the memory`() throws {
    let victim = try VictimProcess("--anon", "8M", "--share", "clone-vm", "--held")
    try killAndHold(victim)
    #expect(try processMadvise(RawDescriptor(of: victim.pid), dontNeed, whole) == .failure(.invalidArgument))
    #expect(try Procfs().status(of: victim.pid("sharer")).anonymousBytes >= 8 << 20)
  }

  @Test func `may be given to oneself, by a pidfd and by PIDFD_SELF`() throws {
    #expect(try processMadvise(RawDescriptor(of: .current), cold, whole) == .value(0))
    // The kernel's own answer tells whether it knows the number.
    let plain = processMadvise(CInt(-10_001), cold, 0)
    #expect(plain == .value(0) || plain == .failure(.badFileDescriptor))
    for number: CInt in [-10_000, -10_001] { #expect(processMadvise(number, cold, whole) == plain) }
    #expect(processMadvise(CInt(-10_001), dontNeed, whole) != .value(0))
  }

  @Test func `keeps the descriptor open, opens none for long, and leaves errno as it was`() async {
    // In a process of its own: other tests open descriptors at the same time.
    await #expect(processExitsWith: .success) {
      let victim = try VictimProcess("--anon", "1M")
      let pidfd = try RawDescriptor(of: victim.pid)
      func openDescriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
      }
      #expect(processMadvise(pidfd, cold, whole) == .value(0))
      let before = try openDescriptors()
      for _ in 0..<100 {
        errno = 4711
        let value = Libscythe.shared.processMadvise(pidfd.number, nil, 0, cold, whole)
        #expect(value == 0 && errno == 4711)
        _ = processMadvise(pidfd, dontNeed, whole)
      }
      #expect(try openDescriptors() < before + 50)
    }
  }
}

@Suite(.enabled(if: hasLibscythe, needsLibscythe), .enabled(if: mayAdvise, needsRight))
struct `process_madvise without a flag of Scythe's` {
  @Test func `is the kernel's own`() throws {
    let victim = try VictimProcess("--areas", "a16,x4,a4")
    let pidfd = try RawDescriptor(of: victim.pid)
    let base = try #require(victim.address("areas"))
    let pageBytes = Machine.pageBytes
    func range(_ pages: UInt64) -> [AddressRange] { [AddressRange(base: base, length: pages * pageBytes)] }
    #expect(processMadvise(pidfd, range(16), cold, 0) == .value(Int(16 * pageBytes)))
    #expect(processMadvise(pidfd, range(20), cold, 0) == .failure(.noMemory))
    #expect(processMadvise(pidfd, cold, 0) == .value(0))
    #expect(processMadvise(pidfd, range(16), dontNeed, 0) == .failure(.invalidArgument))
    #expect(processMadvise(noDescriptor, cold, 0) == .failure(.badFileDescriptor))
  }

  @Test(arguments: [2, 3, 0x4000_0001, 0x8000_0000] as [UInt32])
  func `is EINVAL for flags that nobody knows`(flags: UInt32) throws {
    #expect(try processMadvise(RawDescriptor(of: .current), cold, flags) == .failure(.invalidArgument))
  }
}
