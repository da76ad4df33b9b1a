import ScytheLinux

// Quantities in a line of text, without a heap.
extension PathBuffer {
  /// Appends an amount of memory in MiB, with one decimal: `38.2 MiB`.
  mutating func append(mebibytes bytes: UInt64) {
    append(tenths: bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20)
    append(" MiB")
  }

  /// Appends a time in milliseconds, with one decimal: `12.3 ms`.
  mutating func append(milliseconds nanoseconds: Int64) {
    let microseconds = UInt64(max(0, nanoseconds)) / 1000
    append(tenths: microseconds / 1000, microseconds % 1000 / 100)
    append(" ms")
  }

  /// Appends a share of basis points in percent, with one decimal: `12.3 %`.
  mutating func append(percent basisPoints: UInt64) {
    append(tenths: basisPoints / 100, basisPoints % 100 / 10)
    append(" %")
  }

  private mutating func append(tenths whole: UInt64, _ tenth: UInt64) {
    append(decimal: whole)
    append(".")
    append(decimal: tenth)
  }

  /// Appends a process as `1234 (name)`. The name is the process's own word: whatever is not printable ASCII in it becomes
  /// a question mark, so that it cannot begin a line or move a cursor.
  mutating func append(_ pid: PID, _ name: ProcessName) {
    append(decimal: pid.rawValue)
    append(" (")
    for index in 0..<name.count {
      let byte = name[index]
      append(byte: byte >= 0x20 && byte < 0x7f ? byte : UInt8(ascii: "?"))
    }
    append(")")
  }
}
