import ExtensionCalls
import Foundation
import ScytheLinux
import TestSupport
import Testing

extension `The kernel extension` {
  @Suite struct `tells what it is` {
    @Test func `by a query that does nothing else`() throws {
      let found = try MadviseExtension.query()
      #expect(found.version == 1)
      #expect(found.canRelease)
      #expect(found.canAdvise)
    }

    @Test(
      arguments: [
        (0, 0, 0, 0, Flags.query), (-1, 8, 0, 0, Flags.query), (-1, 0, 1, 0, Flags.query), (-1, 0, 0, 4, Flags.query),
        (-1, 0, 0, 0, Flags.query | Flags.range), (-1, 0, 0, 0, Flags.query | 0x1_0000), (-1, 0, 0, 0, Flags.query | 2),
      ] as [(Int32, UInt64, UInt64, Int32, UInt32)])
    func `and by no other`(pidfd: Int32, vector: UInt64, count: UInt64, advice: Int32, flags: UInt32) {
      #expect(Answer(extension_call(pidfd, vector, count, advice, flags)) == .error(.invalidArgument))
    }

    @Test func `also to somebody without a right`() {
      let answer = extension_call_as(EXTENSION_CALLER_NOBODY, -1, 0, 0, 0, Flags.query)
      #expect(answer > 0 && answer & 0xffff == 1)
    }
  }

  /// The table of what the patch set of 2020 does.
  @Suite struct `advises a whole process` {
    @Test func `cold in one call that says 0, holes and all`() throws {
      let victim = try VictimProcess("--anon", "16M", "--vmas", "500")
      #expect(try referencedBytes(of: victim.pid, atLeast: pageBytes) >= 16 << 20)
      #expect(try call(victim.pid, Advices.cold, Flags.range) == .done)
      #expect(try referencedBytes(of: victim.pid, atLeast: 8 * pageBytes) < 1 << 20)
      #expect(isAlive(victim.pid))
    }

    @Test(arguments: [Advices.cold, Advices.pageOut])
    func `and skips what cannot take it`(advice: Int32) throws {
      let specification = "a8,l8,x4,s8,p8,f8,r8"
      let victim = try VictimProcess("--areas", specification)
      #expect(try call(victim.pid, advice, Flags.range) == .done)
      let pages = try residentPages(of: victim, specification)
      #expect(pages[1] == 8, "locked memory has gone: \(pages)")
      #expect(isAlive(victim.pid))
    }

    @Test func `to be paged out, and clean pages of files go`() throws {
      let victim = try VictimProcess("--areas", "f64,x4,f64")
      #expect(try call(victim.pid, Advices.pageOut, Flags.range) == .done)
      let pages = try residentPages(of: victim, "f64,x4,f64")
      #expect(pages[0] + pages[2] < 128)
    }

    @Test(arguments: [Advices.willNeed, Advices.collapse])
    func `with whatever this kernel takes for others`(advice: Int32) throws {
      let victim = try VictimProcess("--anon", "8M")
      #expect(try call(victim.pid, advice, Flags.range) == .done)
      #expect(isAlive(victim.pid))
    }

    @Test func `with a vector that has to be valid, and means nothing`() throws {
      let victim = try VictimProcess("--anon", "1M")
      let nonsense = [AddressRange(base: 1, length: 17), AddressRange(base: 3, length: 0)]
      #expect(try call(victim.pid, Advices.cold, Flags.range, nonsense) == .done)
      let process = try ProcessDescriptor(victim.pid)
      #expect(Answer(extension_call(process.rawValue, 8, 1, Advices.cold, Flags.range)) == .error(.badAddress))
      #expect(Answer(extension_call(process.rawValue, 0, 1, Advices.cold, Flags.range)) == .error(.badAddress))
      #expect(Answer(extension_call(process.rawValue, 8, 0, Advices.cold, Flags.range)) == .done)
      #expect(Answer(extension_call(process.rawValue, 0, 1025, Advices.cold, Flags.range)) == .error(.invalidArgument))
    }
  }

  @Suite struct `releases a dying process` {
    @Test func `private memory goes, and all else stays`() throws {
      let specification = "a16,r16,n16,p16,s16,F16,f16,l16"
      let victim = try dyingVictim("--areas", specification)
      #expect(try residentPages(of: victim, specification).allSatisfy { $0 == 16 })
      #expect(try call(victim.pid, Advices.dontNeed, Flags.range) == .done)
      #expect(try residentPages(of: victim, specification) == [0, 0, 0, 0, 16, 16, 0, 16])
      #expect(try call(victim.pid, Advices.dontNeedLocked, Flags.range) == .done)
      #expect(try residentPages(of: victim, specification) == [0, 0, 0, 0, 16, 16, 0, 0])
      #expect(victim.ask("x") == "exited 9")
    }

    @Test func `huge pages go, those of hugetlbfs stay`() throws {
      let victim = try dyingVictim("--anon", "16M", "--thp")
      #expect(try call(victim.pid, Advices.dontNeed, Flags.range) == .done)
      #expect(try Procfs().countedMemory(of: victim.pid).anonymousBytes < 1 << 20)
      guard let other = try victimIfPossible("--hugetlb", "2M", "--held") else { return }
      try ProcessDescriptor(other.pid).send(.kill)
      let before = try Procfs().status(of: other.pid).hugetlbBytes
      #expect(before == 2 << 20)
      #expect(try call(other.pid, Advices.dontNeedLocked, Flags.range) == .done)
      #expect(try Procfs().status(of: other.pid).hugetlbBytes == before)
    }

    @Test func `by a vector, and says how many bytes it covered`() throws {
      let victim = try dyingVictim("--areas", "a16,r16")
      let base = try #require(victim.address("areas"))
      let vector = [
        AddressRange(base: base, length: 4 * pageBytes),
        AddressRange(base: base + 20 * pageBytes, length: 2 * pageBytes),
      ]
      #expect(try call(victim.pid, Advices.dontNeed, 0, vector) == .value(Int(6 * pageBytes)))
      #expect(try residentPages(of: victim, "a16,r16") == [12, 14])
    }

    @Test(arguments: [("x8", Errno.noMemory), ("l8", .invalidArgument)])
    func `by a vector not across a hole, nor what is locked`(kind: String, error: Errno) throws {
      let victim = try dyingVictim("--areas", "\(kind),a8")
      let base = try #require(victim.address("areas"))
      #expect(
        try call(victim.pid, Advices.dontNeed, 0, [AddressRange(base: base, length: 8 * pageBytes)]) == .error(error))
      #expect(
        try call(victim.pid, Advices.dontNeed, 0, [AddressRange(base: base + 1, length: pageBytes)])
          == .error(.invalidArgument))
      #expect(try residentPages(of: victim, "\(kind),a8") == [kind == "x8" ? 0 : 8, 8])
    }

    @Test func `by a vector its shared mappings too, whose content stays with whoever has it`() throws {
      let victim = try dyingVictim("--areas", "s8,a8")
      let base = try #require(victim.address("areas"))
      #expect(
        try call(victim.pid, Advices.dontNeed, 0, [AddressRange(base: base, length: 8 * pageBytes)])
          == .value(Int(8 * pageBytes)))
      #expect(try residentPages(of: victim, "s8,a8") == [0, 8])
    }

    @Test func `that the kernel has reaped already, by saying 0`() throws {
      let victim = try dyingVictim("--anon", "8M")
      try ProcessDescriptor(victim.pid).releaseMemory()
      #expect(try call(victim.pid, Advices.dontNeed, Flags.range) == .done)
      #expect(try call(victim.pid, Advices.dontNeed, Flags.range) == .done)
    }

    @Test func `as often as one likes, and process_mrelease after it`() throws {
      let victim = try dyingVictim("--anon", "8M", "--threads", "8")
      for _ in 0..<3 { #expect(try call(victim.pid, Advices.dontNeed, Flags.range) == .done) }
      #expect(try Procfs().countedMemory(of: victim.pid).anonymousBytes < 1 << 20)
      try ProcessDescriptor(victim.pid).releaseMemory()
      #expect(try Procfs().countedMemory(of: victim.pid).anonymousBytes == 0)
      #expect(victim.ask("x") == "exited 9")
    }

    @Test func `with 20,000 areas`() throws {
      let victim = try dyingVictim("--anon", "80M", "--vmas", "20000")
      #expect(try call(victim.pid, Advices.dontNeed, Flags.range) == .done)
      #expect(try Procfs().countedMemory(of: victim.pid).anonymousBytes < 1 << 20)
    }
  }
}
