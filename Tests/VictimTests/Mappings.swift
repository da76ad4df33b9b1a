import Foundation
import ScytheLinux

/// A mapping of a process, as `/proc/PID/smaps` shows it.
struct Mapping: Equatable {
  let start: UInt64
  let end: UInt64
  let permissions: String
  let name: String
  /// Bytes by the word before the colon, such as `Rss`.
  var bytes: [String: UInt64] = [:]
  /// The two letters of each flag.
  var flags: Set<String> = []

  /// The mappings of a process, lowest address first.
  static func all(of pid: PID) throws -> [Mapping] {
    // String(contentsOfFile:) ends at the first short read, and this file gives a page at a time.
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/\(pid.rawValue)/smaps"))
    let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    var mappings: [Mapping] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
      guard let first = words.first else { continue }
      if !first.hasSuffix(":") {
        let ends = first.split(separator: "-").compactMap { UInt64($0, radix: 16) }
        mappings.append(
          Mapping(start: ends[0], end: ends[1], permissions: words[1], name: words.dropFirst(5).joined(separator: " ")))
      } else if first == "VmFlags:" {
        mappings[mappings.count - 1].flags = Set(words.dropFirst())
      } else if words.count == 3, let kib = UInt64(words[1]) {
        mappings[mappings.count - 1].bytes[String(first.dropLast())] = kib << 10
      }
    }
    return mappings
  }

  /// The mappings that have a page in the range.
  static func all(of pid: PID, in range: Range<UInt64>) throws -> [Mapping] {
    try all(of: pid).filter { $0.start < range.upperBound && $0.end > range.lowerBound }
  }
}
