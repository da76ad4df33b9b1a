import CLabGuest
import CMapsAdvice
import Glibc
import ScytheLinux
import ScytheReclaim
import ScytheVictims

/// Measures the extended call beside what a stock kernel has, in turns.
enum ExtensionSpeed {
  private static let rounds = 9

  /// - Throws: `Stage.Refusal` if something did not do what it was to be measured at, or the kernel found a fault.
  static func run(_ port: Port) throws {
    let module = try LoadedExtension()
    let outcome = Result {
      try cold(port)
      module.look()
      try release(port)
    }
    try module.end(reportingTo: port)
    try outcome.get()
  }

  private static func report(
    _ measure: String, _ way: String, isStock: Bool, round: Int, nanoseconds: Int64, calls: Int? = nil,
    leftBytes: UInt64? = nil, to port: Port
  ) {
    var record = Record("speed")
    record.set("measure", measure)
    record.set("way", way)
    record.set("isStock", isStock)
    record.set("round", round)
    record.set("nanoseconds", nanoseconds)
    record.set("systemCalls", calls)
    record.set("leftBytes", leftBytes)
    port.write(record)
  }

  // MARK: Cold, over many mappings

  private enum Cold: String, CaseIterable {
    case call = "one extended call"
    case walk = "Scythe on a stock kernel"
    case vectors = "maps and a call for 1,024 mappings"

    func advise(_ victim: PID, _ process: borrowing ProcessDescriptor, _ number: CInt) throws {
      let result: Int
      switch self {
      case .call: result = labguest_advise_cold(number)
      case .vectors: result = maps_advise_vectors(victim.rawValue, MADV_COLD)
      case .walk:
        var options = AdviceOptions()
        options.prefersExtension = false
        let report = try Reclaim(kernel: LiveKernel()).apply(
          .cold, to: .wholeProcess, of: process, pid: victim, options)
        result = report.end == .completed ? 0 : -Int(EAGAIN)
      }
      guard result >= 0 else { throw Stage.Refusal(reason: "\(rawValue) failed: error \(-result)") }
    }
  }

  /// The memory is cold after the first round of each, which is not counted: then there is nothing but the way itself.
  private static func cold(_ port: Port) throws {
    let victim = try makeVictim(["--anon", "\(200 << 20)", "--vmas", "50000"])
    defer { victim.end() }
    let number = try ProcessDescriptor(victim.pid).relinquish()
    let process = ProcessDescriptor(owning: number)
    var calls: [Cold: Int] = [:]
    for way in Cold.allCases {
      let counter = CallCounter(of: 0)
      try way.advise(victim.pid, process, number)
      calls[way] = counter.callsOfCaller
    }
    for round in 0..<rounds {
      for way in turns(round, Cold.allCases) {
        let begin = threadNanoseconds
        try way.advise(victim.pid, process, number)
        report(
          "cold over 50,000 VMAs, CPU time", way.rawValue, isStock: way != .call, round: round,
          nanoseconds: threadNanoseconds - begin, calls: calls[way] ?? nil, to: port)
      }
    }
  }

  // MARK: Releasing what a dying process has

  private enum Release: String, CaseIterable {
    case reap = "process_mrelease"
    case reapTwice = "process_mrelease, 2 callers"
    case whole = "extended call"
    case halves = "extended call, 2 callers on disjoint halves"

    var way: labguest_release {
      switch self {
      case .reap: LABGUEST_REAP
      case .reapTwice: LABGUEST_REAP_TWICE
      case .whole: LABGUEST_DONTNEED
      case .halves: LABGUEST_DONTNEED_HALVES
      }
    }

    var isStock: Bool { self == .reap || self == .reapTwice }
  }

  private static let victimBytes = 256 << 20

  private static func release(_ port: Port) throws {
    // The first round lets everything be there once, and is not counted.
    for round in -1..<rounds {
      for release in turns(max(0, round), Release.allCases) {
        let (nanoseconds, left) = try releaseOnce(release)
        guard left <= victimBytes / 16 else {
          throw Stage.Refusal(reason: "\(release.rawValue) left \(left) bytes of \(victimBytes)")
        }
        if round < 0 { continue }
        report(
          "release of 256 MiB, time", release.rawValue, isStock: release.isStock, round: round,
          nanoseconds: nanoseconds, leftBytes: left, to: port)
      }
    }
  }

  /// A victim that is held in its exit with all of its memory, as a frozen one is.
  private static func releaseOnce(_ release: Release) throws -> (nanoseconds: Int64, leftBytes: UInt64) {
    let victim = try makeVictim(["--anon", "\(victimBytes)", "--held"])
    defer { victim.end() }
    let number = try ProcessDescriptor(victim.pid).relinquish()
    let process = ProcessDescriptor(owning: number)
    let middle = try middleOfMemory(of: victim.pid)
    try process.send(.kill)
    for _ in 0..<1000 where state(of: victim.pid) != "t" { pause(microseconds: 5_000) }
    let before = try Procfs().status(of: victim.pid).anonymousBytes
    // Before 6.2 a thread's last pages are counted late.
    guard before >= victimBytes / 16 * 15 else { throw Stage.Refusal(reason: "the victim did not keep its memory") }
    let nanoseconds = labguest_release(number, release.way, middle)
    guard nanoseconds >= 0 else {
      throw Stage.Refusal(reason: "\(release.rawValue) failed: error \(-nanoseconds)")
    }
    return (Int64(nanoseconds), try Procfs().status(of: victim.pid).anonymousBytes)
  }

  /// Where half of the largest mapping lies below.
  private static func middleOfMemory(of victim: PID) throws(Errno) -> UInt64 {
    var largest: (base: UInt64, length: UInt64) = (0, 0)
    try Procfs().forEachArea(of: victim) { (details) throws(Errno) in
      if details.area.length > largest.length { largest = (details.area.base, details.area.length) }
      return true
    }
    return largest.base + largest.length / 2 / Machine.pageBytes * Machine.pageBytes
  }

  /// As `/proc/PID/stat` has it behind the name.
  private static func state(of pid: PID) -> Character? {
    guard let text = Text.read("/proc/\(pid.rawValue)/stat"), let end = text.lastIndex(of: ")") else { return nil }
    return text[end...].dropFirst(2).first
  }

  // MARK: Common

  private static func makeVictim(_ options: [String]) throws -> VictimProcess {
    do {
      return try VictimProcess(program: "/lab/scythe-victim", options)
    } catch {
      throw Stage.Refusal(reason: "there is no victim: \(error)")
    }
  }

  /// Each round begins with another one.
  private static func turns<Way>(_ round: Int, _ ways: [Way]) -> [Way] {
    let first = round % ways.count
    return Array(ways[first...] + ways[..<first])
  }

  /// The CPU time of the calling thread, its own and the kernel's for it.
  private static var threadNanoseconds: Int64 {
    var now = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }
}
