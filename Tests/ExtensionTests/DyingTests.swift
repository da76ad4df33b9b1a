import ExtensionCalls
import Foundation
import ScytheLinux
import TestSupport
import Testing

extension `The kernel extension` {
  /// Victims that cannot run, and so do not free their memory themselves.
  @Suite struct `releases a victim that cannot exit` {
    @Test func `because it is held in its exit`() throws {
      let victim = try dyingVictim("--anon", "32M", "--threads", "16")
      #expect(try call(victim.pid, Advices.dontNeedLocked, Flags.range) == .done)
      #expect(try Procfs().countedMemory(of: victim.pid).anonymousBytes < 1 << 20)
      #expect(isAlive(victim.pid))
      #expect(victim.ask("x") == "exited 9")
    }

    @Test(
      .enabled(if: TestControlGroup.isAvailable(.freezer), "needs root and a mounted cgroup v1 freezer"),
      arguments: [Advices.dontNeed, Advices.dontNeedLocked])
    func `because it is frozen`(advice: Int32) throws {
      let group = try TestControlGroup(.freezer)
      defer { group.remove() }
      let victim = try VictimProcess("--anon", "32M", "--robust", "held", "--threads", "4")
      defer { group.remove() }
      try group.add(victim.pid)
      try group.freeze()
      #expect(try call(victim.pid, advice, Flags.range) == .error(.invalidArgument))
      try ProcessDescriptor(victim.pid).send(.kill)
      #expect(try call(victim.pid, advice, Flags.range) == .done)
      #expect(try Procfs().countedMemory(of: victim.pid).anonymousBytes < 1 << 20)
      group.remove()
      #expect(victim.ask("w") == "exited 9")
      #expect(victim.ask("m") == "mutex ok=0 recovered=4 lost=0")
    }

    @Test func `because it is in state D, in a write to a frozen file system`() throws {
      guard let victim = try victimIfPossible("--anon", "32M", "--frozen-write", "--robust", "held") else { return }
      try ProcessDescriptor(victim.pid).send(.kill)
      #expect(try call(victim.pid, Advices.dontNeed, Flags.range) == .done)
      #expect(try Procfs().countedMemory(of: victim.pid).anonymousBytes < 1 << 20)
      victim.tell("u")
      #expect(victim.ask("w") == "exited 9")
      #expect(victim.ask("m").hasSuffix("lost=0"))
    }

    @Test func `while its mmap lock is held, as soon as that is let go`() throws {
      guard let victim = try victimIfPossible("--anon", "16M", "--mmap-lock", "fuse") else { return }
      let process = try ProcessDescriptor(victim.pid)
      try process.send(.kill)
      let number = process.rawValue
      let thread = Thread {
        // It waits in the kernel; whatever comes of it, it comes back.
        _ = ProcessDescriptor.withBorrowed(number) { call($0, Advices.dontNeed, Flags.range) }
      }
      thread.start()
      usleep(100_000)
      #expect(!thread.isFinished)
      victim.tell("u")
      for _ in 0..<1000 where !thread.isFinished { usleep(10_000) }
      #expect(thread.isFinished)
      #expect(victim.ask("w") == "exited 9")
    }
  }

  @Suite struct `races with exits` {
    private static let seed = UInt64.random(in: 0...UInt64.max)

    @Test(arguments: [Advices.dontNeed, Advices.dontNeedLocked])
    func `and every one ends in a documented answer`(advice: Int32) {
      let rounds = number("SCYTHE_EXTENSION_RACES", or: 1000)
      var counts = extension_race()
      #expect(unsafe extension_race_exits(Int32(rounds), Self.seed, 4 << 20, advice, &counts) == 0)
      let says: Comment = "seed \(Self.seed), \(counts)"
      #expect(counts.other == 0, says)
      // SIGKILL is pending when the call is made, so nobody lives.
      #expect(counts.refused == 0, says)
      #expect(counts.released + counts.gone == Int64(rounds), says)
    }
  }
}
