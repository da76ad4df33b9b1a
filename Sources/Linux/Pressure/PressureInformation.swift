/// How much of the time was lost to a shortage.
@frozen public struct PressureStall: Equatable, Sendable, BitwiseCopyable {
  /// The share of the last ten seconds, in hundredths of a percent.
  public var averageBasisPoints: UInt64
  /// The sum since boot.
  public var totalMicroseconds: UInt64

  /// Makes a stall of two numbers.
  public init(averageBasisPoints: UInt64, totalMicroseconds: UInt64) {
    self.averageBasisPoints = averageBasisPoints
    self.totalMicroseconds = totalMicroseconds
  }

  /// Parses what follows `some` or `full` in a line.
  ///
  /// - Returns: `nil` if it is not what the kernel writes.
  init?(parsing line: Span<UInt8>, from start: Int) {
    var position = start
    guard line.hasPrefix("avg10=", at: position) else { return nil }
    position += 6
    guard let whole = Self.number(line, &position), line.hasPrefix(".", at: position) else { return nil }
    position += 1
    let fraction = position
    // Two digits, always: `0.05` is five.
    guard let hundredths = Self.number(line, &position), position == fraction + 2, whole <= 100 else { return nil }
    while position < line.count, !line.hasPrefix("total=", at: position) { position += 1 }
    guard position < line.count else { return nil }
    position += 6
    guard let total = Self.number(line, &position) else { return nil }
    self.init(averageBasisPoints: whole * 100 + hundredths, totalMicroseconds: total)
  }

  /// A number that begins right here.
  private static func number(_ line: Span<UInt8>, _ position: inout Int) -> UInt64? {
    guard position < line.count, line[position] >= UInt8(ascii: "0") else { return nil }
    return line.decimal(&position)
  }
}

/// Pressure stall information about memory, Linux 4.20:
///
///     some avg10=0.12 avg60=0.05 avg300=0.01 total=58761459
///     full avg10=0.00 avg60=0.02 avg300=0.00 total=39385120
///
/// The kernel's page is `Documentation/accounting/psi.rst`.
@frozen public struct PressureInformation: Equatable, Sendable, BitwiseCopyable {
  /// Time in which at least one task waited for memory.
  public var some: PressureStall?
  /// Time in which all tasks did that were not idle.
  public var full: PressureStall?

  /// Makes an empty one.
  public init() {}

  mutating func take(_ line: Span<UInt8>) {
    if line.hasPrefix("some ") {
      some = PressureStall(parsing: line, from: 5) ?? some
    } else if line.hasPrefix("full ") {
      full = PressureStall(parsing: line, from: 5) ?? full
    }
  }
}

extension Procfs {
  /// Reads `/proc/pressure/memory`.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` in a kernel without `CONFIG_PSI`, or in which it is off since boot (`psi=1`
  ///   switches it on; some say `Errno.notSupported` then); `Errno.badMessage` if the file is not what the kernel writes.
  public func memoryPressure() throws(Errno) -> PressureInformation {
    try PressureInformation.read(from: FileDescriptor(path("pressure/memory"), .read))
  }
}

extension ControlGroup {
  /// Reads `memory.pressure` of a v2 group: the stalls of its members alone.
  ///
  /// - Throws: as ``Procfs/memoryPressure()``, and `Errno.noSuchFileOrDirectory` in v1; `Errno.noSuchDevice` if the group
  ///   was removed.
  public func memoryPressure() throws(Errno) -> PressureInformation {
    try PressureInformation.read(from: open("memory.pressure", .read))
  }
}

extension PressureInformation {
  static func read(from file: borrowing FileDescriptor) throws(Errno) -> PressureInformation {
    var information = PressureInformation()
    try file.forEachLine { (line) throws(Errno) in
      information.take(line)
      return true
    }
    guard information.some != nil else { throw .badMessage }
    return information
  }
}
