import ExtensionCalls
import Foundation
import ScytheLinux
import Synchronization
import TestSupport
import Testing

private let modulePath = ProcessInfo.processInfo.environment["SCYTHE_EXTENSION_MODULE"]

extension `The kernel extension` {
  @Suite(.enabled(if: modulePath != nil, "SCYTHE_EXTENSION_MODULE does not say where the module is"))
  struct `comes and goes` {
    private func load() -> Answer { unsafe Answer(extension_load(modulePath!)) }
    private func unload() -> Answer { unsafe Answer(extension_unload("scythe")) }

    /// Unloads it, however busy it is: each refusal comes at once.
    private func unloadAtLast() -> Bool {
      for _ in 0..<20_000 {
        if unload() == .done { return true }
        usleep(500)
      }
      return false
    }

    private var isLoaded: Bool { (try? MadviseExtension.query()) != nil }

    @Test func `and the kernel is as it was in between`() throws {
      let victim = try dyingVictim("--areas", "a8")
      #expect(unloadAtLast())
      #expect(!isLoaded)
      #expect(try call(victim.pid, Advices.cold, Flags.range) == .error(.invalidArgument))
      #expect(try call(victim.pid, Advices.dontNeed, Flags.range) == .error(.invalidArgument))
      #expect(unload() == .error(.noSuchFileOrDirectory))
      #expect(load() == .done)
      #expect(isLoaded)
      #expect(load() == .error(.fileExists))
      #expect(isLoaded)
      #expect(try call(victim.pid, Advices.dontNeed, Flags.range) == .done)
    }

    @Test func `under load, again and again`() throws {
      let victim = try VictimProcess("--anon", "4M")
      let dying = try dyingVictim("--anon", "4M", "--robust", "held", "--threads", "4")
      let isOver = Atomic<Bool>(false)
      let others = Mutex<[Answer]>([])
      let pids = [victim.pid, dying.pid]
      let threads = (0..<4).map { index in
        Thread {
          let pid = pids[index % 2]
          let advice = index % 2 == 0 ? Advices.cold : Advices.dontNeed
          while !isOver.load(ordering: .relaxed) {
            let answer = (try? call(pid, advice, Flags.range)) ?? .done
            // Without the extension the flag is one that nobody knows.
            if answer != .done, answer != .error(.invalidArgument) { others.withLock { $0.append(answer) } }
            // Or somebody would be inside at every moment, and no unloading could come between.
            usleep(.random(in: 0...2000))
          }
        }
      }
      for thread in threads { thread.start() }
      // Where nothing else goes on that is two seconds' work; an emulated processor that others use too takes minutes.
      let end = ContinuousClock.now + .seconds(120)
      for round in 0..<30 where round < 3 || ContinuousClock.now < end {
        #expect(unloadAtLast(), "round \(round)")
        #expect(load() == .done, "round \(round)")
        usleep(1000)
      }
      isOver.store(true, ordering: .relaxed)
      for thread in threads { while !thread.isFinished { usleep(1000) } }
      #expect(others.withLock { $0 } == [])
      #expect(isLoaded)
      #expect(dying.ask("x") == "exited 9")
      #expect(dying.ask("m") == "mutex ok=0 recovered=4 lost=0")
    }

    @Test func `but not while a caller is inside, who waits for a page`() throws {
      let victim = try VictimProcess("--anon", "1M")
      let process = try ProcessDescriptor(victim.pid)
      let number = process.rawValue
      var trap = extension_trap()
      guard unsafe extension_set_trap(&trap) == 0 else {
        return notRun("without userfaultfd nobody can be made to wait for a page")
      }
      let page = trap.page
      let answer = Mutex<Answer?>(nil)
      let thread = Thread {
        let said = Answer(extension_call(number, page, 1, Advices.cold, Flags.range))
        answer.withLock { $0 = said }
      }
      thread.start()
      #expect(unsafe extension_wait_for_trapped(&trap, 10_000) == 1)
      for _ in 0..<5 {
        let refusal = unload()
        #expect(refusal == .error(.resourceTemporarilyUnavailable) || refusal == .error(.resourceBusy))
      }
      #expect(isLoaded)
      unsafe extension_open_trap(&trap)
      for _ in 0..<1000 where !thread.isFinished { usleep(10_000) }
      #expect(answer.withLock { $0 } == .done)
      #expect(unloadAtLast())
      #expect(load() == .done)
    }
  }
}
