import Glibc
import LabCatalog

/// What the kernel says from some moment on, read while it says it: its buffer may be too small for all.
final class KernelMessages {
  /// The most lines that are kept of what follows a complaint: a stack, and what was freed and when.
  private static let linesOfComplaint = 40
  private static let mostLines = 400

  private let file: CInt
  private var linesToKeep = 0
  /// The first lines of complaints.
  private(set) var complaints: [String] = []
  /// These with what followed each.
  private(set) var excerpt: [String] = []
  /// The last that was said, for why a module was not taken.
  private(set) var last = ""

  /// Begins now.
  ///
  /// - Returns: `nil` if the kernel's messages cannot be read.
  init?() {
    file = unsafe open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return nil }
    lseek(file, 0, SEEK_END)
  }

  deinit { if file >= 0 { close(file) } }

  /// Reads what was said since the last look.
  func read() {
    // The longest record of the kernel is 8 KiB.
    var buffer = [UInt8](repeating: 0, count: 1 << 13)
    while true {
      let count = unsafe Glibc.read(file, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EPIPE {
        // Overwritten meanwhile. What came then may have been a complaint.
        take("WARNING: messages of the kernel were lost to the lab")
        continue
      }
      guard count > 0 else { return }
      take(Self.text(buffer[..<count]))
    }
  }

  /// The message of a record such as `6,339,5140900,-;NET: Registered PF_INET`, behind which lines about its subject may
  /// be.
  private static func text(_ record: ArraySlice<UInt8>) -> String {
    let message = record.drop { $0 != UInt8(ascii: ";") }.dropFirst().prefix { $0 != UInt8(ascii: "\n") }
    return String(decoding: message, as: UTF8.self)
  }

  private func take(_ line: String) {
    last = line
    if KernelComplaint.isBegun(by: line) {
      complaints.append(line)
      linesToKeep = Self.linesOfComplaint
    }
    guard linesToKeep > 0, excerpt.count < Self.mostLines else { return }
    linesToKeep -= 1
    excerpt.append(line)
  }
}
