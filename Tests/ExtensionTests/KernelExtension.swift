import ExtensionCalls
import Foundation
import ScytheLinux
import TestSupport
import Testing

/// Scythe's kernel extension, loaded: what it adds to `process_madvise(2)`, as `KernelExtension/Boundary/scythe_madvise.h`
/// says it. One test at a time, because some of them unload it, and the kernel's messages are looked at after each.
///
/// Environment: `SCYTHE_EXTENSION_MODULE` is the path of the module, without which it is not unloaded;
/// `SCYTHE_EXTENSION_RANDOM_CALLS` and `SCYTHE_EXTENSION_RACES` are how many random calls (20,000) and races (1,000).
@Suite(
  .serialized, .watchesKernelLog,
  .enabled(if: KernelFeatures.madviseExtension != nil, "Scythe's kernel extension is not loaded"))
struct `The kernel extension` {}

let pageBytes = UInt64(getpagesize())

/// A number from the environment.
func number(_ name: String, or usual: Int) -> Int {
  ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? usual
}

/// The flags of the call, together as they are used.
enum Flags {
  static let range: UInt32 = 0x1
  static let bounds: UInt32 = 0x1_0001
  static let budget: UInt32 = 0x2_0001
  static let boundedBudget: UInt32 = 0x3_0001
  static let query: UInt32 = 0x4_0000
}

/// The advice numbers that are of interest here.
enum Advices {
  static let dontNeed: Int32 = 4
  static let dontNeedLocked: Int32 = 24
  static let cold: Int32 = 20
  static let pageOut: Int32 = 21
  static let willNeed: Int32 = 3
  static let collapse: Int32 = 25
}

/// What the kernel answers, as tests compare it.
enum Answer: Equatable, CustomStringConvertible {
  case value(Int)
  case error(Errno)

  init(_ result: Int) { self = result < 0 ? .error(Errno(rawValue: CInt(-result))) : .value(result) }

  static var done: Answer { .value(0) }

  var description: String {
    switch self {
    case .value(let value): "\(value)"
    case .error(let error): error.explanation.map { "\($0)" } ?? "error \(error.rawValue)"
    }
  }
}

/// Makes a call about a process, with a vector of addresses and lengths.
func call(
  _ process: borrowing ProcessDescriptor, _ advice: Int32, _ flags: UInt32, _ vector: [AddressRange] = []
) -> Answer {
  unsafe vector.withUnsafeBytes { bytes in
    let address = vector.isEmpty ? 0 : UInt64(UInt(bitPattern: bytes.baseAddress))
    return Answer(extension_call(process.rawValue, address, UInt64(vector.count), advice, flags))
  }
}

/// The same about a process by its number.
func call(_ pid: PID, _ advice: Int32, _ flags: UInt32, _ vector: [AddressRange] = []) throws -> Answer {
  call(try ProcessDescriptor(pid), advice, flags, vector)
}

/// From here to there, as bounds are written.
func bounds(_ base: UInt64, _ end: UInt64) -> [AddressRange] {
  [AddressRange(base: base, length: 0), AddressRange(base: end, length: 0)]
}

/// A victim that is killed and held in its exit, with all its memory.
func dyingVictim(_ arguments: String...) throws -> VictimProcess {
  let victim = try VictimProcess(arguments + ["--held"])
  try ProcessDescriptor(victim.pid).send(.kill)
  return victim
}

/// Makes a victim; `nil`, and a line that says why, if this machine cannot.
func victimIfPossible(_ arguments: String...) throws -> VictimProcess? {
  do {
    return try VictimProcess(arguments)
  } catch let refusal as VictimProcess.Unavailable where refusal.isRefusal {
    notRun("\(arguments): \(refusal)")
    return nil
  }
}

/// Says what of a test this machine cannot have.
func notRun(_ reason: String) { print("not run: \(reason)") }

/// What is resident from one address on, counted area by area.
func residentBytes(of pid: PID, from base: UInt64, pages: UInt64) throws -> UInt64 {
  var sum: UInt64 = 0
  try Procfs().forEachArea(of: pid) { (details) throws(Errno) in
    if details.area.base >= base, details.area.end <= base + pages * pageBytes { sum += details.residentBytes }
    return true
  }
  return sum
}

/// The areas of a victim's `--areas`, each with what is resident of it, in pages.
func residentPages(of victim: VictimProcess, _ specification: String) throws -> [UInt64] {
  let base = try #require(victim.address("areas"))
  var pages: [UInt64] = []
  var address = base
  for item in specification.split(separator: ",") {
    let count = try #require(UInt64(item.dropFirst()))
    pages.append(try residentBytes(of: victim.pid, from: address, pages: count) / pageBytes)
    address += count * pageBytes
  }
  return pages
}

// MARK: The kernel's messages

/// Fails a test after which the kernel complains.
struct KernelLogTrait: SuiteTrait, TestTrait, TestScoping {
  let isRecursive = true

  private static let complaints = [
    "BUG", "WARNING", "Oops", "KASAN", "UBSAN", "lockdep", "INFO: task", "detected stall", "general protection",
    "scheduling while",
    "possible circular locking", "inconsistent lock state", "suspicious RCU usage", "Call Trace", "refcount_t",
  ]

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    // Once for each test, and not for its suite as well.
    guard testCase != nil else { return try await function() }
    let log = extension_open_log()
    try await function()
    guard log >= 0 else { return }
    defer { close(Int32(log)) }
    for line in Self.lines(Int32(log)) where Self.complaints.contains(where: { line.contains($0) }) {
      Issue.record("the kernel says: \(line)")
    }
  }

  private static func lines(_ log: Int32) -> [String] {
    var lines: [String] = []
    var text = [CChar](repeating: 0, count: 1024)
    while unsafe extension_read_log(log, &text, text.count) == 1 {
      lines.append(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    return lines
  }
}

extension Trait where Self == KernelLogTrait {
  static var watchesKernelLog: Self { KernelLogTrait() }
}
