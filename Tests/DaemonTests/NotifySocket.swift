import Foundation
import ScytheLinux

/// The side of the service manager: a datagram socket of the test's own.
final class NotifySocket {
  /// What has arrived after the last word that was waited for.
  private var pending: [String] = []
  private let descriptor: Int32
  let address: String

  /// Listens at a path, or, for a name that begins with `@`, at an abstract address.
  init(_ address: String = "/tmp/scythe-\(UUID().uuidString)") throws {
    self.address = address
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(address.utf8)
    if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
    unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let size = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    let result = unsafe withUnsafePointer(to: &name) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) }
    }
    guard result == 0 else { throw Errno(rawValue: errno) }
  }

  var path: PathBuffer { PathBuffer(bytes: address.utf8) }

  /// The words that have arrived; waits for the first one.
  func words(timeoutMilliseconds: Int32 = 0) -> [String] {
    var words: [String] = []
    var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while unsafe poll(&wanted, 1, words.isEmpty ? timeoutMilliseconds : 0) > 0 {
      var buffer = [UInt8](repeating: 0, count: 512)
      let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
      words.append(String(decoding: buffer[..<max(0, count)], as: UTF8.self))
    }
    return words
  }

  /// Waits for a word; those before it are forgotten, those after it are kept.
  func waits(for word: String, seconds: Double = 30) -> Bool {
    let end = Date(timeIntervalSinceNow: seconds)
    while Date() < end {
      pending += words(timeoutMilliseconds: 100)
      if let index = pending.firstIndex(where: { $0.hasPrefix(word) }) {
        // What came after it may be waited for next.
        pending.removeSubrange(...index)
        return true
      }
    }
    return false
  }

  deinit {
    close(descriptor)
    if address.hasPrefix("/") { try? FileManager.default.removeItem(atPath: address) }
  }
}
