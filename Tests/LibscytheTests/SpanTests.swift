import CScytheABI
import ScytheLinux
import TestSupport
import Testing

private let span = UInt32(SCYTHE_PMADV_FLAG_SPAN)
private let dontNeed: CInt = 4
private let cold: CInt = 20

/// Two ends, with lengths that mean nothing.
private func ends(_ first: UInt64, _ second: UInt64) -> [AddressRange] {
  [AddressRange(base: first, length: .max), AddressRange(base: second, length: 77)]
}

@Suite(.enabled(if: hasLibscythe, needsLibscythe), .enabled(if: mayAdvise, needsRight))
struct `process_madvise with a span` {
  @Test func `advises what is between its ends, over holes, and nothing else`() throws {
    let victim = try VictimProcess("--areas", "a8,r8,x4,l4,a8,r8")
    let pidfd = try RawDescriptor(of: victim.pid)
    let base = try #require(victim.address("areas"))
    let pageBytes = Machine.pageBytes
    #expect(processMadvise(pidfd, ends(base + 8 * pageBytes, base + 32 * pageBytes), cold, span) == .value(0))
    #expect(try referencedBytes(of: victim, pages: 0..<8) == 8)
    #expect(try referencedBytes(of: victim, pages: 8..<16) == 0)
    #expect(try referencedBytes(of: victim, pages: 20..<24) == 4)
    #expect(try referencedBytes(of: victim, pages: 24..<32) == 0)
    #expect(try referencedBytes(of: victim, pages: 32..<40) == 8)
  }

  @Test func `may be as long as the address space`() throws {
    let victim = try VictimProcess("--areas", "a16")
    let pidfd = try RawDescriptor(of: victim.pid)
    let pageBytes = Machine.pageBytes
    #expect(processMadvise(pidfd, ends(0, UInt64.max - (pageBytes - 1)), cold, span) == .value(0))
    #expect(try referencedBytes(of: victim, pages: 0..<16) == 0)
  }

  @Test func `is made of two elements that can be read`() throws {
    let pidfd = try RawDescriptor(of: .current)
    #expect(processMadvise(pidfd, cold, span) == .failure(.invalidArgument))
    #expect(processMadvise(pidfd, Array(ends(0, 4096).prefix(1)), cold, span) == .failure(.invalidArgument))
    #expect(processMadvise(pidfd, ends(0, 4096) + ends(0, 0), cold, span) == .failure(.invalidArgument))
    #expect(processMadvise(pidfd, nil, 2, cold, span) == .failure(.badAddress))
    let nowhere = unsafe UnsafeRawPointer(bitPattern: 8)
    #expect(unsafe processMadvise(noDescriptor, nowhere, 2, cold, span) == .failure(.badAddress))
  }

  @Test func `has ends at pages, in their order`() throws {
    let victim = try VictimProcess()
    let pidfd = try RawDescriptor(of: victim.pid)
    let page = Machine.pageBytes
    #expect(processMadvise(pidfd, ends(1, page), cold, span) == .failure(.invalidArgument))
    #expect(processMadvise(pidfd, ends(page, 2 * page - 1), cold, span) == .failure(.invalidArgument))
    #expect(processMadvise(pidfd, ends(2 * page, page), cold, span) == .failure(.invalidArgument))
    #expect(processMadvise(pidfd, ends(page, page), cold, span) == .value(0))
    // As with the kernel's own: what it is for comes first.
    #expect(processMadvise(noDescriptor, ends(1, page), cold, span) == .failure(.badFileDescriptor))
    #expect(processMadvise(pidfd, ends(page, page), 999, span) == .failure(.invalidArgument))
  }

  @Test(.enabled(if: KernelFeatures.madviseExtension == nil, "Scythe's kernel extension can"))
  func `cannot be freed, by any kernel without the extension`() throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    let pidfd = try RawDescriptor(of: victim.pid)
    let all = ends(0, 1 << 46)
    #expect(processMadvise(pidfd, all, dontNeed, span) == .failure(.invalidArgument))
    try killAndHold(victim)
    #expect(processMadvise(pidfd, all, dontNeed, span) == .failure(.notSupported))
    #expect(processMadvise(pidfd, ends(4096, 0), dontNeed, span) == .failure(.invalidArgument))
    #expect(try Procfs().status(of: victim.pid).anonymousBytes >= 8 << 20)
  }
}
