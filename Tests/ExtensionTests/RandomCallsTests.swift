import ExtensionCalls
import Foundation
import ScytheLinux
import TestSupport
import Testing

extension `The kernel extension` {
  @Suite struct `bears random calls` {
    private static let seed = UInt64.random(in: 0...UInt64.max)

    /// What a call may answer; more than the documented errors only where the kernel's own advice has more.
    private static let errors: [Errno] = [
      .invalidArgument, .badFileDescriptor, .noSuchProcess, .badAddress, .noMemory, .resourceTemporarilyUnavailable,
      .permissionDenied, .notPermitted, .resourceBusy,
    ]

    @Test func `and answers each as documented, and changes nothing of who lives`() throws {
      let count = number("SCYTHE_EXTENSION_RANDOM_CALLS", or: 20_000)
      var generator = SeededGenerator(seed: Self.seed)
      let living = try VictimProcess("--areas", "a64,l8,s16,x4,r16,p8")
      let livingBase = try #require(living.address("areas"))
      let file = unsafe open("/proc/self/status", O_RDONLY)
      defer { close(file) }
      let process = try ProcessDescriptor(living.pid)
      var dying = try makeDying()
      for number in 0..<count {
        // A new one now and then: of one that has been released nothing is left to go wrong with.
        if number % 500 == 499 { dying = try makeDying() }
        let dyingProcess = try ProcessDescriptor(dying.victim.pid)
        let descriptors = [process.rawValue, dyingProcess.rawValue, -1, file, Int32.max, 9999]
        let draw = Draw(bases: [livingBase, dying.base], &generator)
        let target = descriptors[[0, 0, 1, 1, 1, 2, 3, 4, 5].randomElement(using: &generator)!]
        let answer = draw.make(target)
        if case .error(let error) = answer, !Self.errors.contains(error) {
          Issue.record("seed \(Self.seed), call \(number): \(draw) said \(answer)")
        }
      }
      #expect(isAlive(living.pid))
      let memory = try Procfs().countedMemory(of: living.pid)
      // 64 private pages, 8 locked, 16 read-only, 8 of a file that are written: some may be in swap by now.
      #expect(memory.anonymousBytes + memory.swapBytes >= 96 * pageBytes, "seed \(Self.seed)")
      #expect(living.ask("r").hasPrefix("rss "))
      #expect(dying.victim.ask("x") == "exited 9")
    }

    private func makeDying() throws -> (victim: VictimProcess, base: UInt64) {
      let victim = try dyingVictim("--areas", "a64,x8,l8,s16,r16", "--threads", "3", "--robust", "held")
      return (victim, try #require(victim.address("areas")))
    }
  }
}

/// A call of random arguments, most of which are nearly right.
private struct Draw: CustomStringConvertible {
  let vector: [AddressRange]
  let address: UInt64?
  let count: UInt64
  let advice: Int32
  let flags: UInt32

  init(bases: [UInt64], _ generator: inout SeededGenerator) {
    func any<T>(_ values: [T]) -> T { values.randomElement(using: &generator)! }
    func anyAddress() -> UInt64 {
      let base = any(bases)
      let page = UInt64.random(in: 0...140, using: &generator)
      return any([
        base &+ page * pageBytes, base &+ page * pageBytes, base &+ page * pageBytes, base &+ page * pageBytes &+ 1, 0,
        pageBytes, .max, .max - 4095, 0x7fff_ffff_f000, 0x8000_0000_0000, 0xffff_8000_0000_0000, generator.next(),
      ])
    }
    func anyLength() -> UInt64 {
      let pages = UInt64.random(in: 0...70, using: &generator)
      return any([
        pages * pageBytes, pages * pageBytes, pages, 0, .max, .max - 4095, 1 << 31, 1 << 63, generator.next(),
      ])
    }
    vector = (0..<any([0, 1, 1, 2, 2, 2, 3, 8])).map { _ in AddressRange(base: anyAddress(), length: anyLength()) }
    address = any([nil, nil, nil, nil, nil, nil, 0, 8, .max, 0xffff_8000_0000_0000, 1 << 46])
    count = any([
      UInt64(vector.count), UInt64(vector.count), UInt64(vector.count), UInt64(vector.count), 0, 1, 2, 1024, 1025, .max,
    ])
    advice = any([
      4, 4, 4, 24, 24, 20, 20, 21, 3, 25, 0, 8, 9, 22, 100, -1, Int32(truncatingIfNeeded: generator.next()),
    ])
    flags = any([
      Flags.range, Flags.range, Flags.bounds, Flags.bounds, Flags.budget, Flags.budget, Flags.boundedBudget,
      Flags.boundedBudget, 0, Flags.query, 0x1_0000, 0x2_0000, 0x5_0001,
      1 << UInt32.random(in: 0..<32, using: &generator),
      UInt32(truncatingIfNeeded: generator.next()),
    ])
  }

  func make(_ descriptor: Int32) -> Answer {
    // Behind a vector that is shorter than it says there are zeros.
    let padded = vector + Array(repeating: AddressRange(base: 0, length: 0), count: 1025)
    return unsafe padded.withUnsafeBytes { bytes in
      let own = UInt64(UInt(bitPattern: bytes.baseAddress))
      return Answer(extension_call(descriptor, address ?? own, count, advice, flags))
    }
  }

  var description: String {
    "process_madvise(\(vector), at \(address.map { String($0, radix: 16) } ?? "its place"), \(count), \(advice),"
      + " \(String(flags, radix: 16)))"
  }
}
