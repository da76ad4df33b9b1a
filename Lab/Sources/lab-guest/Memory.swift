import Glibc

/// Numbers that look random and are the same each time.
struct SeededNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

  /// Xorshift: good enough for contents that do not compress.
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  /// Below a bound.
  mutating func next(below bound: Int) -> Int { Int(next() >> 16) % bound }
}

/// Private memory, in 4 KiB pages unless it is told.
@safe struct Memory {
  static let pageBytes = 4096
  let start: UnsafeMutableRawPointer
  let bytes: Int

  /// Maps it. It is not there before it is filled.
  ///
  /// - Returns: `nil` if the kernel does not give any.
  init?(bytes: Int, inHugePages: Bool = false) {
    guard let start = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      unsafe start != MAP_FAILED
    else { return nil }
    unsafe self.start = unsafe start
    self.bytes = bytes
    if !inHugePages { _ = unsafe madvise(start, bytes, MADV_NOHUGEPAGE) }
  }

  /// Writes to every page: half of each cannot be compressed.
  func fill(_ numbers: inout SeededNumbers) { fill(from: 0, count: bytes, &numbers) }

  /// What pages are filled from: made once, since making numbers takes longer than having memory.
  private static let noise: [UInt64] = {
    var numbers = SeededNumbers(seed: 1)
    return (0..<8192).map { _ in numbers.next() }
  }()

  func fill(from offset: Int, count: Int, _ numbers: inout SeededNumbers) {
    unsafe Memory.noise.withUnsafeBufferPointer { noise in
      for page in stride(from: offset, to: min(bytes, offset + count), by: Memory.pageBytes) {
        let words = unsafe (start + page).assumingMemoryBound(to: UInt64.self)
        let first = numbers.next(below: noise.count - 256)
        // Another value for each page; and no call of memcpy, whose instruction for many bytes is slow to emulate.
        let key = numbers.next()
        for index in 0..<256 { unsafe words[index] = noise[first + index] ^ key }
      }
    }
  }

  /// Reads one byte of every page in steps.
  func touch(from first: Int, step: Int) {
    let pages = unsafe start.assumingMemoryBound(to: UInt8.self)
    var page = first * Memory.pageBytes
    var sum: UInt8 = 0
    while page < bytes {
      sum &+= unsafe pages[page]
      page += step * Memory.pageBytes
    }
    unsafe sink = sum
  }

  func free() { _ = unsafe munmap(start, bytes) }
}

/// Where results of reading go, so that the reading is not optimised away.
nonisolated(unsafe) var sink: UInt8 = 0

/// Waits.
func pause(microseconds: Int) { usleep(UInt32(clamping: microseconds)) }
