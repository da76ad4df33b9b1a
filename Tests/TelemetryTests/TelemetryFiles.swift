import Foundation
import ScytheLinux
import ScytheTelemetry
import Testing

/// A folder for one test; removed with the object.
final class TelemetryFolder {
  let url: URL

  /// Makes one in memory, where pages may be, or on a disk.
  init(isOnDisk: Bool = false) throws {
    let parent = isOnDisk ? FileManager.default.temporaryDirectory : URL(fileURLWithPath: "/dev/shm")
    url = parent.appendingPathComponent("scythe-test.\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var path: PathBuffer { PathBuffer(bytes: url.path.utf8) }

  func path(of name: String) -> PathBuffer { PathBuffer(bytes: url.appendingPathComponent(name).path.utf8) }

  func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: url.appendingPathComponent(name))) }

  /// Writes a file anew: the one that was there before may be mapped.
  func write(_ bytes: some Sequence<UInt8>, to name: String) throws {
    let file = url.appendingPathComponent(name)
    try? FileManager.default.removeItem(at: file)
    try Data(bytes).write(to: file)
  }
}

let thisBoot = BootIdentity(low: 0x1111, high: 0x2222)
let anotherBoot = BootIdentity(low: 0x1111, high: 0x2223)

/// A record that says a number in several places.
func record(_ number: UInt64) -> KillRecord {
  var record = KillRecord()
  record.outcome = .killed
  record.rule = .deadline
  record.pid = PID(Int32(truncatingIfNeeded: number))
  record.setName(ProcessName(Array("victim \(number)".utf8).span))
  record.expectedBytes = number << 20
  record.bytesBack = number << 20
  record.evidence = .exit
  return record
}

/// Why a page is refused; `nil` if it is not.
func refusal(_ path: PathBuffer, boot: BootIdentity = thisBoot) -> StatusReadError? {
  do throws(StatusReadError) {
    _ = try StatusReport(path, boot: boot)
    return nil
  } catch {
    return error
  }
}
