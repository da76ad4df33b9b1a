import CScytheABI
import Foundation
import ScytheLinux
import TestSupport
import Testing

/// The folder of the libraries, as `make test` names it.
private let folder = ProcessInfo.processInfo.environment["SCYTHE_LIBSCYTHE"] ?? ""

/// Whether there are libraries to be tested.
let hasLibscythe = !folder.isEmpty
let needsLibscythe: Comment = "SCYTHE_LIBSCYTHE names no folder of libraries; 'make test' makes them"

/// Whether advice can be given to others.
let mayAdvise = (try? Procfs().privileges(of: .current))?.holds(.nice) ?? false
let needsRight: Comment = "needs CAP_SYS_NICE"

/// What a function of C returned, with errno where that was -1.
enum Answer: Equatable {
  case value(Int)
  case failure(Errno)

  init(_ value: Int, _ error: CInt) { self = value == -1 ? .failure(Errno(rawValue: error)) : .value(value) }
}

/// `libscythe.so.1`, loaded as any program would.
@safe struct Libscythe: @unchecked Sendable {
  // Nothing but the addresses of functions, which are never unloaded.
  typealias ProcessMadvise = @convention(c) (CInt, UnsafeRawPointer?, Int, CInt, CUnsignedInt) -> Int
  typealias Kill =
    @convention(c) (CInt, UnsafePointer<scythe_kill_options>?, UnsafeMutablePointer<scythe_kill_report>?) -> CInt
  typealias Query = @convention(c) (UnsafeMutablePointer<scythe_capabilities>?) -> CInt

  static let shared = Libscythe()

  let processMadvise: ProcessMadvise
  let kill: Kill
  let release: Kill
  let query: Query

  static func path(_ name: String) -> String { "\(folder)/\(name)" }

  private init() {
    guard let handle = unsafe dlopen(Libscythe.path("libscythe.so.1"), RTLD_NOW) else {
      fatalError("cannot load libscythe: \(unsafe String(cString: dlerror()))")
    }
    func function<Function>(_ name: String, _ type: Function.Type) -> Function {
      unsafe unsafeBitCast(dlsym(handle, name), to: type)
    }
    unsafe processMadvise = function("scythe_process_madvise", ProcessMadvise.self)
    unsafe kill = function("scythe_kill", Kill.self)
    unsafe release = function("scythe_release", Kill.self)
    unsafe query = function("scythe_query", Query.self)
  }
}

/// Calls `scythe_process_madvise`.
func processMadvise(
  _ pidfd: some DescriptorNumber, _ vector: UnsafeRawPointer?, _ count: Int, _ advice: CInt, _ flags: UInt32
) -> Answer {
  withExtendedLifetime(pidfd) {
    let value = unsafe Libscythe.shared.processMadvise(pidfd.number, vector, count, advice, flags)
    return Answer(value, errno)
  }
}

/// The same without a vector.
func processMadvise(_ pidfd: some DescriptorNumber, _ advice: CInt, _ flags: UInt32) -> Answer {
  processMadvise(pidfd, nil, 0, advice, flags)
}

/// The same with a vector of ranges.
func processMadvise(
  _ pidfd: some DescriptorNumber, _ vector: [AddressRange], _ advice: CInt, _ flags: UInt32
) -> Answer {
  unsafe vector.withUnsafeBytes { raw in unsafe processMadvise(pidfd, raw.baseAddress, vector.count, advice, flags) }
}

/// What a function of C is given for a pidfd.
protocol DescriptorNumber {
  var number: CInt { get }
}

extension CInt: DescriptorNumber {
  var number: CInt { self }
}

/// What is no descriptor.
let noDescriptor: CInt = -1

/// A pidfd as C has it: a number, closed by whoever opened it.
final class RawDescriptor: DescriptorNumber {
  let number: CInt

  init(of pid: PID) throws { number = try ProcessDescriptor(pid).relinquish() }

  init(opening path: String, _ flags: CInt) throws {
    number = unsafe open(path, flags)
    if number < 0 { throw Errno(rawValue: errno) }
  }

  deinit { close(number) }
}

/// The areas of a process between two addresses, and what was used of each since that was last forgotten.
func referencedBytes(of victim: VictimProcess, pages: Range<UInt64>) throws -> UInt64 {
  let base = try #require(victim.address("areas"))
  let pageBytes = Machine.pageBytes
  var sum: UInt64 = 0
  try Procfs().forEachArea(of: victim.pid) { (details) throws(Errno) in
    if details.area.base >= base + pages.lowerBound * pageBytes, details.area.end <= base + pages.upperBound * pageBytes
    {
      sum += details.referencedBytes
    }
    return true
  }
  return sum / pageBytes
}

/// Kills a victim, and waits until it is seen to be dying.
func killAndHold(_ victim: VictimProcess) throws {
  try ProcessDescriptor(victim.pid).send(.kill)
  for _ in 0..<500 where (try? Procfs().stat(of: victim.pid))?.state != UInt8(ascii: "t") {
    MonotonicClock.sleep(nanoseconds: 10_000_000)
  }
}
