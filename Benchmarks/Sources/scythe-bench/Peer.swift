import Foundation
import Scythe

/// Another program that kills when memory runs short, while it runs.
final class Peer {
  private let process = Process()
  private let output = Pipe()
  private var text = Data()

  /// Where earlyoom is: of the system, or as `make bench` has fetched it.
  ///
  /// - Throws: `CaseUnavailable`.
  static func earlyoom(_ settings: Settings) throws -> String {
    let paths = ["/usr/bin/earlyoom", "\(settings.peersFolder)/usr/bin/earlyoom"]
    guard let path = paths.first(where: FileManager.default.isExecutableFile) else {
      throw CaseUnavailable(reason: "there is no earlyoom; 'make bench' fetches it where there is apt-get")
    }
    return path
  }

  /// Starts one.
  init(_ program: String, _ arguments: [String]) throws {
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = output
    try process.run()
  }

  var pid: PID { PID(process.processIdentifier) }

  func end() {
    process.terminate()
    process.waitUntilExit()
  }

  /// The CPU time that it has used.
  var cpuNanoseconds: Int64 {
    get throws {
      let path = "/proc/\(process.processIdentifier)/schedstat"
      let words = try String(contentsOfFile: path, encoding: .utf8).split(separator: " ")
      guard let nanoseconds = words.first.flatMap({ Int64($0) }) else {
        throw SampleFailure(description: "no CPU time in \(path)")
      }
      return nanoseconds
    }
  }

  /// Waits until it has said so many more lines.
  ///
  /// - Throws: `SampleFailure` if its output ends before.
  func wait(forLines count: Int, beginning prefix: String) throws {
    var left = count
    while left > 0 {
      while let end = text.firstIndex(of: UInt8(ascii: "\n")) {
        if String(decoding: text[..<end], as: UTF8.self).hasPrefix(prefix) { left -= 1 }
        text.removeSubrange(...end)
      }
      if left <= 0 { return }
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { throw SampleFailure(description: "a peer has ended before it did what was to be measured") }
      text.append(more)
    }
  }
}
