import ExtensionCalls
import Foundation
import ScytheLinux
import Synchronization
import TestSupport
import Testing

extension `The kernel extension` {
  @Suite struct `takes bounds` {
    @Test func `and releases what is between them alone`() throws {
      let victim = try dyingVictim("--areas", "a16,x8,r16,a16")
      let base = try #require(victim.address("areas"))
      // Over a hole, from the middle of one area to the middle of another; both lengths are nonsense.
      let vector = [
        AddressRange(base: base + 10 * pageBytes, length: 3),
        AddressRange(base: base + 30 * pageBytes, length: .max / 2),
      ]
      #expect(try call(victim.pid, Advices.dontNeed, Flags.bounds, vector) == .done)
      #expect(try residentPages(of: victim, "a16,x8,r16,a16") == [10, 0, 10, 16])
    }

    @Test func `that may lie where nothing is`() throws {
      let victim = try dyingVictim("--areas", "a8")
      #expect(try call(victim.pid, Advices.dontNeed, Flags.bounds, bounds(pageBytes, 16 * pageBytes)) == .done)
      #expect(try residentPages(of: victim, "a8") == [8])
    }

    @Test func `more than 2 GiB apart`() throws {
      let victim = try dyingVictim("--areas", "a8")
      let base = try #require(victim.address("areas"))
      let far = bounds(base & ~(1 << 40 - 1), (base & ~(1 << 40 - 1)) + 1 << 40)
      #expect(try call(victim.pid, Advices.dontNeed, Flags.bounds, far) == .done)
      #expect(try residentPages(of: victim, "a8") == [0])
    }

    @Test(arguments: [Advices.dontNeed, Advices.cold])
    func `only at the boundaries of pages, in their order, and two of them`(advice: Int32) throws {
      let victim = try dyingVictim("--areas", "a8")
      let base = try #require(victim.address("areas"))
      let end = base + 8 * pageBytes
      let one = AddressRange(base: base, length: 8 * pageBytes)
      for vector in [
        bounds(base + 1, end), bounds(base, end - 1), bounds(end, base), bounds(base, base), [], [one],
        [one, one, one],
      ] {
        #expect(try call(victim.pid, advice, Flags.bounds, vector) == .error(.invalidArgument))
      }
      #expect(try residentPages(of: victim, "a8") == [8])
    }
  }

  @Suite struct `takes a budget` {
    @Test(arguments: [1, 3, 16, 1000])
    func `and goes on where it has stopped`(pages: UInt64) throws {
      let specification = "a16,x8,s16,l8,r16,x1,a32"
      let victim = try dyingVictim("--areas", specification)
      let base = try #require(victim.address("areas"))
      let end = base + 97 * pageBytes
      var next = base
      var calls: UInt64 = 0
      while true {
        let vector = [AddressRange(base: next, length: pages * pageBytes), AddressRange(base: end, length: 0)]
        let answer = try call(victim.pid, Advices.dontNeed, Flags.boundedBudget, vector)
        calls += 1
        guard case .value(let value) = answer else {
          Issue.record("\(answer)")
          return
        }
        // 64 pages take the advice: what is locked, shared or a hole costs nothing.
        let left = try residentPages(of: victim, specification)
        let taken = min(64, calls * pages)
        #expect(left[0] + left[4] + left[6] == 64 - taken)
        #expect(left[2] == 16 && left[3] == 8)
        if value == 0 { break }
        #expect(UInt64(value) > next && UInt64(value) < end)
        #expect(UInt64(value) % pageBytes == 0)
        next = UInt64(value)
        guard calls < 100 else { break }
      }
      #expect((64 + pages - 1) / pages...64 / pages + 1 ~= calls)
    }

    @Test func `for a whole process`() throws {
      let victim = try dyingVictim("--anon", "64M")
      var next: UInt64 = 0
      var calls = 0
      repeat {
        let answer = try call(
          victim.pid, Advices.dontNeed, Flags.budget, [AddressRange(base: next, length: 8 << 20)])
        guard case .value(let value) = answer, calls < 1000 else {
          Issue.record("\(answer) after \(calls) calls")
          return
        }
        next = UInt64(value)
        calls += 1
      } while next != 0
      #expect(calls >= 8)
      #expect(try Procfs().countedMemory(of: victim.pid).anonymousBytes < 1 << 20)
    }

    @Test func `for advice to one that lives`() throws {
      let victim = try VictimProcess("--areas", "a64")
      let base = try #require(victim.address("areas"))
      let first = [
        AddressRange(base: base, length: 16 * pageBytes), AddressRange(base: base + 64 * pageBytes, length: 0),
      ]
      #expect(try call(victim.pid, Advices.cold, Flags.boundedBudget, first) == .value(Int(base + 16 * pageBytes)))
      #expect(try referencedBytes(of: victim.pid, atLeast: 64 * pageBytes) >= 48 * pageBytes)
    }

    @Test func `of whole pages above none, with one beginning`() throws {
      let victim = try dyingVictim("--areas", "a8")
      let base = try #require(victim.address("areas"))
      func range(_ base: UInt64, _ length: UInt64) -> AddressRange { AddressRange(base: base, length: length) }
      for vector in [
        [range(base, 0)], [range(base, 1)], [range(base, pageBytes + 1)], [range(base + 1, pageBytes)], [],
        [range(base, pageBytes), range(base, pageBytes)],
      ] {
        #expect(try call(victim.pid, Advices.dontNeed, Flags.budget, vector) == .error(.invalidArgument))
      }
      #expect(try residentPages(of: victim, "a8") == [8])
    }
  }

  @Suite struct `serves several callers at once` {
    @Test(arguments: [2, 4, 8])
    func `on ranges of their own`(callers: Int) throws {
      let victim = try dyingVictim("--areas", "a32768")
      let base = try #require(victim.address("areas"))
      let part = 32768 / UInt64(callers) * pageBytes
      let answers = Mutex<[Answer]>([])
      let process = try ProcessDescriptor(victim.pid)
      let number = process.rawValue
      DispatchQueue.concurrentPerform(iterations: callers) { index in
        let start = base + UInt64(index) * part
        let answer = ProcessDescriptor.withBorrowed(number) {
          call($0, Advices.dontNeed, Flags.bounds, bounds(start, start + part))
        }
        answers.withLock { $0.append(answer) }
      }
      #expect(answers.withLock { $0 } == Array(repeating: .done, count: callers))
      #expect(try residentPages(of: victim, "a32768") == [0])
      #expect(victim.ask("x") == "exited 9")
    }

    @Test func `on the same ones, and process_mrelease among them`() throws {
      for round in 0..<10 {
        let victim = try dyingVictim("--anon", "32M", "--threads", "4")
        let process = try ProcessDescriptor(victim.pid)
        let number = process.rawValue
        let answers = Mutex<[Answer]>([])
        DispatchQueue.concurrentPerform(iterations: 6) { index in
          let answer = ProcessDescriptor.withBorrowed(number) { process in
            guard index % 3 == 2 else { return call(process, Advices.dontNeed, Flags.range) }
            return (try? process.releaseMemory()) != nil ? .done : .error(.invalidArgument)
          }
          answers.withLock { $0.append(answer) }
        }
        #expect(answers.withLock { $0.allSatisfy { $0 == .done } }, "round \(round)")
        #expect(try Procfs().countedMemory(of: victim.pid).anonymousBytes == 0)
        #expect(victim.ask("x") == "exited 9")
      }
    }
  }
}
