import ExtensionCalls
import Foundation
import ScytheLinux
import TestSupport
import Testing

extension `The kernel extension` {
  @Suite struct `bears random calls` {
    private static let seed = UInt64.random(in: 0...UInt64.max)

    @Test func `and answers each as documented, and changes nothing of who lives`() throws {
      let count = number("SCYTHE_EXTENSION_RANDOM_CALLS", or: 20_000)
      // Of a dying one that has been released nothing is left to go wrong with: a new one for each batch.
      let batch = max(500, count / 200)
      let living = try VictimProcess("--areas", "a64,l8,s16,x4,r16,p8")
      let livingProcess = try ProcessDescriptor(living.pid)
      let file = unsafe open("/proc/self/status", O_RDONLY)
      defer { close(file) }
      var random = extension_random()
      random.state = Self.seed
      random.living = livingProcess.rawValue
      random.living_base = try #require(living.address("areas"))
      random.no_pidfd = file
      for made in stride(from: 0, to: count, by: batch) {
        let dying = try dyingVictim("--areas", "a64,x8,l8,s16,r16", "--threads", "3", "--robust", "held")
        let process = try ProcessDescriptor(dying.pid)
        random.dying = process.rawValue
        random.dying_base = try #require(dying.address("areas"))
        unsafe extension_random_calls(&random, Int64(min(batch, count - made)))
        #expect(random.undocumented == 0, "seed \(Self.seed), in the calls from \(made) on: \(random)")
        #expect(dying.ask("x") == "exited 9")
        #expect(dying.ask("m") == "mutex ok=0 recovered=3 lost=0", "seed \(Self.seed), calls from \(made) on")
      }
      #expect(isAlive(living.pid))
      let memory = try Procfs().countedMemory(of: living.pid)
      // 64 private pages, 8 locked, 16 read-only, 8 of a file that are written: some may be in swap by now.
      #expect(memory.anonymousBytes + memory.swapBytes >= 96 * pageBytes, "seed \(Self.seed)")
    }
  }
}
