import CLabGuest
import Glibc

/// The serial port that results are written to. Nothing else writes there.
struct Port {
  private let descriptor: CInt

  init() {
    descriptor = unsafe open("/dev/ttyS1", O_WRONLY | O_NOCTTY | O_CLOEXEC)
    _ = labguest_make_raw(descriptor)
  }

  func write(_ record: Record) { write(line: record.line) }

  /// A line as it is: for a guest that writes rubbish.
  func write(line: String) {
    var bytes = Array("\(line)\n".utf8)[...]
    while !bytes.isEmpty {
      let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR { return }
      bytes = bytes.dropFirst(max(0, count))
    }
    tcdrain(descriptor)
  }
}
