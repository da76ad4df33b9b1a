import Glibc

/// How much memory is still taken, read through descriptors that were opened before the victim was killed. None of them
/// touches the victim itself.
final class HardGauge {
  /// What is read.
  enum Source: String {
    case memory = "memory.current"
    case memoryAndSwap = "memory.current and memory.swap.current"
    /// Pages of the pool are charged to no group.
    case hugePages = "free_hugepages"
  }

  static let hugePageFolder = "/sys/kernel/mm/hugepages/hugepages-2048kB"
  static let hugePageBytes = 2 << 20

  let source: Source
  private let files: [CInt]
  private let poolPages: Int

  /// - Parameter group: the group of the victim.
  /// - Returns: `nil` if there is nothing to read.
  init?(_ source: Source, group: String) {
    self.source = source
    let paths =
      switch source {
      case .memory: ["\(group)/memory.current"]
      case .memoryAndSwap: ["\(group)/memory.current", "\(group)/memory.swap.current"]
      case .hugePages: ["\(Self.hugePageFolder)/free_hugepages"]
      }
    poolPages = source == .hugePages ? Int(Self.poolText.prefix { $0.isNumber }) ?? 0 : 0
    files = paths.map { path in unsafe open(path, O_RDONLY | O_CLOEXEC) }
    if files.contains(where: { $0 < 0 }) { return nil }
  }

  deinit { for file in files where file >= 0 { close(file) } }

  /// Bytes that are taken.
  var bytes: Int {
    let sum = files.reduce(0) { $0 + number($1) }
    return source == .hugePages ? (poolPages - sum) * Self.hugePageBytes : sum
  }

  private static var poolText: String { Text.read("\(hugePageFolder)/nr_hugepages") ?? "" }

  private func number(_ file: CInt) -> Int {
    var digits: InlineArray<32, UInt8> = InlineArray(repeating: 0)
    var bytes = digits.mutableSpan
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(file, $0.baseAddress!, $0.count, 0) }
    var value = 0
    for index in 0..<max(0, count) {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digits[index]) else { break }
      value = value * 10 + Int(digits[index] - UInt8(ascii: "0"))
    }
    return value
  }
}
