import ExtensionCalls
import Foundation
import ScytheLinux
import TestSupport
import Testing

extension `The kernel extension` {
  /// What `process_mrelease` loses.
  @Suite struct `loses no robust mutex` {
    @Test(arguments: [1, 2, 16, 100])
    func `of threads that hold one each`(threads: Int) throws {
      let victim = try dyingVictim("--anon", "16M", "--robust", "held", "--threads", "\(threads)")
      #expect(try call(victim.pid, Advices.dontNeedLocked, Flags.range) == .done)
      let left = try Procfs().countedMemory(of: victim.pid).anonymousBytes
      #expect(left > 0 && left <= UInt64(threads) * 3 * pageBytes)
      #expect(victim.ask("x") == "exited 9")
      #expect(victim.ask("m") == "mutex ok=0 recovered=\(threads) lost=0")
    }

    @Test func `where only the last of many threads holds one`() throws {
      let victim = try dyingVictim("--anon", "16M", "--robust", "lastthread", "--threads", "200")
      #expect(try call(victim.pid, Advices.dontNeed, Flags.range) == .done)
      #expect(victim.ask("x") == "exited 9")
      #expect(victim.ask("m").hasSuffix("recovered=1 lost=0"))
    }

    @Test func `in whatever part, and however often it is released`() throws {
      let victim = try dyingVictim("--anon", "16M", "--robust", "held", "--threads", "8")
      var next: UInt64 = 0
      for _ in 0..<10_000 {
        let vector = [AddressRange(base: next, length: 16 * pageBytes)]
        guard case .value(let value) = try call(victim.pid, Advices.dontNeedLocked, Flags.budget, vector) else { break }
        next = UInt64(value)
        if next == 0 { break }
      }
      #expect(next == 0)
      for _ in 0..<3 { #expect(try call(victim.pid, Advices.dontNeedLocked, Flags.range) == .done) }
      #expect(victim.ask("x") == "exited 9")
      #expect(victim.ask("m") == "mutex ok=0 recovered=8 lost=0")
    }

    @Test func `by a vector over all that is mapped`() throws {
      let victim = try dyingVictim("--anon", "8M", "--robust", "held", "--threads", "4")
      var areas: [AddressRange] = []
      try Procfs().forEachArea(of: victim.pid) { (details) throws(Errno) in
        areas.append(AddressRange(base: details.area.base, length: details.area.length))
        return true
      }
      let process = try ProcessDescriptor(victim.pid)
      // What must not be released is refused, area by area.
      for area in areas { _ = call(process, Advices.dontNeed, 0, [area]) }
      #expect(victim.ask("x") == "exited 9")
      #expect(victim.ask("m") == "mutex ok=0 recovered=4 lost=0")
    }

    @Test func `of a victim that runs, released in the next statement`() throws {
      for round in 0..<100 {
        let threads = [1, 2, 4, 16][round % 4]
        let victim = try VictimProcess("--anon", "8M", "--robust", "held", "--threads", "\(threads)")
        let process = try ProcessDescriptor(victim.pid)
        try process.send(.kill)
        let answer = call(process, Advices.dontNeed, Flags.range)
        #expect(answer == .done || answer == .error(.noSuchProcess))
        #expect(victim.ask("w") == "exited 9")
        #expect(victim.ask("m") == "mutex ok=0 recovered=\(threads) lost=0", "round \(round)")
      }
    }

    @Test func `that is locked and unlocked all the time`() throws {
      for round in 0..<60 {
        let victim = try VictimProcess("--anon", "8M", "--robust", "spin", "--threads", "3")
        let process = try ProcessDescriptor(victim.pid)
        try process.send(.kill)
        _ = call(process, Advices.dontNeed, Flags.range)
        #expect(victim.ask("w") == "exited 9")
        let answer = victim.ask("m")
        #expect(answer.hasSuffix("lost=0"), "round \(round): \(answer)")
      }
    }
  }

  /// Lists as no libc makes them, in a victim that is frozen, so that they are as they were.
  @Suite(.enabled(if: TestControlGroup.isAvailable(.freezer), "needs root and a mounted cgroup v1 freezer"))
  struct `reads a robust list` {
    private func release(
      _ kind: extension_list, _ pages: Int32, _ answer: Answer
    ) throws -> (left: UInt64, owners: Int) {
      let group = try TestControlGroup(.freezer)
      defer { group.remove() }
      var victim = extension_list_victim()
      try #require(unsafe extension_start_list_victim(kind, pages, &victim) == 0)
      let pid = PID(victim.pid)
      try group.add(pid)
      try group.freeze()
      try ProcessDescriptor(pid).send(.kill)
      #expect(try call(pid, Advices.dontNeed, Flags.range) == answer)
      let left = try residentBytes(of: pid, from: victim.private_base, pages: UInt64(pages)) / pageBytes
      group.remove()
      return (left, unsafe extension_count_dead_owners(&victim, pages))
    }

    @Test(arguments: [1, 10, 200])
    func `with entries on many pages, which stay`(pages: Int32) throws {
      let (left, owners) = try release(EXTENSION_LIST_WHOLE, pages, .done)
      #expect(left == UInt64(pages))
      #expect(owners == Int(pages))
    }

    @Test func `on more pages than it takes, and then releases nothing`() throws {
      let (left, owners) = try release(EXTENSION_LIST_WHOLE, 600, .error(.resourceTemporarilyUnavailable))
      #expect(left == 600)
      #expect(owners == 600)
    }

    @Test func `that leads in a circle, as far as an exit goes`() throws {
      let (left, owners) = try release(EXTENSION_LIST_CIRCLE, 20, .done)
      #expect(left == 20)
      #expect(owners == 20)
    }

    @Test func `that ends where nothing is`() throws {
      let group = try TestControlGroup(.freezer)
      defer { group.remove() }
      var victim = extension_list_victim()
      try #require(unsafe extension_start_list_victim(EXTENSION_LIST_BROKEN, 20, &victim) == 0)
      let pid = PID(victim.pid)
      try group.add(pid)
      try group.freeze()
      try ProcessDescriptor(pid).send(.kill)
      // Either it says that it cannot read on, or it stops where an exit would: nothing is lost.
      let answer = try call(pid, Advices.dontNeed, Flags.range)
      #expect(answer == .done || answer == .error(.resourceTemporarilyUnavailable))
      group.remove()
      #expect(unsafe extension_count_dead_owners(&victim, 20) == 20)
    }
  }
}
