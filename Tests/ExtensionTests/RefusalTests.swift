import ExtensionCalls
import Foundation
import ScytheLinux
import TestSupport
import Testing

extension `The kernel extension` {
  /// The table of errors.
  @Suite struct `refuses` {
    private static let releases: [(Int32, UInt32)] = [
      (Advices.dontNeed, Flags.range), (Advices.dontNeedLocked, Flags.range),
    ]

    @Test func `to release a process that lives, and costs it nothing`() throws {
      let victim = try VictimProcess("--areas", "a16")
      let base = try #require(victim.address("areas"))
      let whole = AddressRange(base: base, length: 16 * pageBytes)
      for advice in [Advices.dontNeed, Advices.dontNeedLocked] {
        #expect(try call(victim.pid, advice, Flags.range) == .error(.invalidArgument))
        #expect(
          try call(victim.pid, advice, Flags.bounds, bounds(base, base + 16 * pageBytes)) == .error(.invalidArgument))
        #expect(try call(victim.pid, advice, Flags.budget, [whole]) == .error(.invalidArgument))
        #expect(try call(victim.pid, advice, 0, [whole]) == .error(.invalidArgument))
      }
      #expect(try residentPages(of: victim, "a16") == [16])
      #expect(isAlive(victim.pid))
    }

    @Test func `to release one that is only stopped, or got a signal that it ignores`() throws {
      let victim = try VictimProcess("--anon", "4M", "--ignore-term")
      try ProcessDescriptor(victim.pid).send(.terminate)
      #expect(try call(victim.pid, Advices.dontNeed, Flags.range) == .error(.invalidArgument))
      try ProcessDescriptor(victim.pid).send(.stop)
      #expect(try call(victim.pid, Advices.dontNeed, Flags.range) == .error(.invalidArgument))
      #expect(try Procfs().countedMemory(of: victim.pid).anonymousBytes >= 4 << 20)
    }

    @Test func `to release one whose memory somebody who lives uses too`() throws {
      let victim = try VictimProcess("--anon", "8M", "--share", "clone-vm", "--held")
      try ProcessDescriptor(victim.pid).send(.kill)
      #expect(try call(victim.pid, Advices.dontNeed, Flags.range) == .error(.invalidArgument))
      let sharer = victim.pid("sharer")
      #expect(try Procfs().countedMemory(of: sharer).anonymousBytes >= 8 << 20)
      #expect(isAlive(sharer))
    }

    @Test func `to release one that waits for its vfork child`() throws {
      let victim = try VictimProcess("--anon", "8M", "--share", "vfork")
      let process = try ProcessDescriptor(victim.pid)
      try process.send(.kill)
      let answer = call(process, Advices.dontNeed, Flags.range)
      // It does not wait once it is killed: then it has left the memory to the child.
      #expect(answer == .error(.invalidArgument) || answer == .error(.noSuchProcess))
      #expect(try Procfs().countedMemory(of: victim.pid("sharer")).anonymousBytes >= 8 << 20)
      try ProcessDescriptor(victim.pid("sharer")).send(.kill)
    }

    @Test(arguments: [Advices.dontNeed, Advices.dontNeedLocked])
    func `to release one that is in the middle of execve`(advice: Int32) {
      let program = BuiltProgram.url("scythe-victim").path
      let answer = unsafe extension_call_during_execve(program, advice)
      #expect(Answer(answer) == .error(.invalidArgument))
    }

    @Test func `what is no pidfd, and nobody's`() throws {
      #expect(Answer(extension_call(-1, 0, 0, Advices.cold, Flags.range)) == .error(.badFileDescriptor))
      #expect(Answer(extension_call(-1, 0, 0, Advices.dontNeed, Flags.range)) == .error(.badFileDescriptor))
      let file = unsafe open("/proc/self/status", O_RDONLY)
      defer { close(file) }
      #expect(Answer(extension_call(file, 0, 0, Advices.dontNeed, Flags.range)) == .error(.badFileDescriptor))
    }

    @Test func `one that is dead`() throws {
      let zombie = try VictimProcess("--anon", "1M", "--zombie")
      let process = try ProcessDescriptor(zombie.pid)
      try process.send(.kill)
      #expect(try process.waitForExit(timeoutMilliseconds: 10_000))
      #expect(call(process, Advices.dontNeed, Flags.range) == .error(.noSuchProcess))
      #expect(call(process, Advices.cold, Flags.range) == .error(.noSuchProcess))
      #expect(zombie.ask("w") == "exited 9")
      #expect(call(process, Advices.dontNeed, Flags.range) == .error(.noSuchProcess))
    }

    @Test(arguments: [0x2, 0x8001, 0x8_0001, 0x1_0000, 0x2_0000, 0x3_0000, 0x8000_0001] as [UInt32])
    func `flags that nobody knows, or that need another one`(flags: UInt32) throws {
      let victim = try dyingVictim("--areas", "a8")
      let base = try #require(victim.address("areas"))
      let vector = [AddressRange(base: base, length: pageBytes), AddressRange(base: base + pageBytes, length: 0)]
      #expect(try call(victim.pid, Advices.dontNeed, flags, vector) == .error(.invalidArgument))
      #expect(try call(victim.pid, Advices.cold, flags, vector) == .error(.invalidArgument))
      #expect(try residentPages(of: victim, "a8") == [8])
    }

    @Test(arguments: [-1, 0, 1, 8, 9, 10, 12, 14, 22, 23, 99, 100, 101, 102, 1000] as [Int32])
    func `advice that is for nobody else`(advice: Int32) throws {
      let victim = try dyingVictim("--areas", "a8")
      let base = try #require(victim.address("areas"))
      #expect(try call(victim.pid, advice, Flags.range) == .error(.invalidArgument))
      let vector = [AddressRange(base: base, length: pageBytes)]
      #expect(try call(victim.pid, advice, 0, vector) == .error(.invalidArgument))
      #expect(try residentPages(of: victim, "a8") == [8])
    }

    @Test(.enabled(if: getuid() == 0, "needs root, to give up rights"))
    func `somebody without the right to read, or without CAP_SYS_NICE`() throws {
      let victim = try dyingVictim("--areas", "a8")
      let process = try ProcessDescriptor(victim.pid)
      for (advice, flags) in Self.releases + [(Advices.cold, Flags.range)] {
        #expect(
          Answer(extension_call_as(EXTENSION_CALLER_NOBODY, process.rawValue, 0, 0, advice, flags))
            == .error(.permissionDenied))
        #expect(
          Answer(extension_call_as(EXTENSION_CALLER_NOT_NICE, process.rawValue, 0, 0, advice, flags))
            == .error(.notPermitted))
      }
      #expect(try residentPages(of: victim, "a8") == [8])
    }
  }

  @Suite struct `leaves a 32-bit caller` {
    @Test func `what the kernel itself says`() throws {
      let victim = try dyingVictim("--areas", "a8")
      let process = try ProcessDescriptor(victim.pid)
      func answer(_ advice: Int32, _ flags: UInt32, vector: UInt64 = 0, count: UInt64 = 0) -> Answer {
        Answer(extension_call_as(EXTENSION_CALLER_32_BIT, process.rawValue, vector, count, advice, flags))
      }
      guard answer(Advices.cold, 0) != .error(.noFunction) else {
        return notRun("this kernel has no entry for 32-bit programs")
      }
      #expect(answer(Advices.cold, 0) == .done)
      #expect(Answer(extension_call_as(EXTENSION_CALLER_32_BIT, -1, 0, 0, 0, Flags.query)) == .error(.invalidArgument))
      for flags in [Flags.range, Flags.bounds, Flags.budget, Flags.query] {
        #expect(answer(Advices.cold, flags) == .error(.invalidArgument))
        #expect(answer(Advices.dontNeed, flags) == .error(.invalidArgument))
      }
      #expect(answer(Advices.dontNeed, 0) == .error(.invalidArgument))
      let low = extension_map_low(4096)
      guard low != 0 else { return notRun("no memory that a 32-bit address reaches") }
      defer { extension_unmap(low, 4096) }
      // A vector of theirs: half as large.
      let words = unsafe UnsafeMutablePointer<UInt32>(bitPattern: UInt(low))!
      unsafe words[0] = 0
      unsafe words[1] = 4096
      #expect(answer(Advices.dontNeed, 0, vector: low, count: 1) == .error(.invalidArgument))
      #expect(try residentPages(of: victim, "a8") == [8])
    }
  }
}
