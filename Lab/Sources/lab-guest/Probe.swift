import Glibc
import ScytheLinux

/// What the probe has felt, in memory that it shares with the instrument. Each word has one writer, the probe, but for
/// the beginning of a new count.
@safe struct ProbeRecord {
  private enum Word: Int {
    case ticks, last, worst, worstFresh, worstFile, lateSum
  }
  private static let path = "/run/lab-probe"
  private let words: UnsafeMutablePointer<Int64>

  /// - Parameter isNew: whether it is made, by the instrument, or found, by the probe.
  init?(isNew: Bool) {
    let file = unsafe open(Self.path, O_RDWR | (isNew ? O_CREAT : 0), 0o600)
    guard file >= 0, ftruncate(file, 4096) == 0,
      let start = unsafe mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), unsafe start != MAP_FAILED
    else { return nil }
    close(file)
    unsafe words = unsafe start.assumingMemoryBound(to: Int64.self)
  }

  private subscript(word: Word) -> Int64 {
    get { unsafe words[word.rawValue] }
    nonmutating set { unsafe words[word.rawValue] = newValue }
  }

  /// Begins a new count.
  func clear() {
    for word in [Word.worst, .worstFresh, .worstFile, .lateSum] { self[word] = 0 }
  }

  /// Takes a tick, in nanoseconds.
  func add(late: Int64, fresh: Int64, file: Int64, at now: Int64) {
    self[.ticks] += 1
    self[.last] = now
    if late > self[.worst] { self[.worst] = late }
    if fresh > self[.worstFresh] { self[.worstFresh] = fresh }
    if file > self[.worstFile] { self[.worstFile] = file }
    if late > 50_000_000 { self[.lateSum] += late }
  }

  var ticks: Int64 { self[.ticks] }

  /// The worst until now, the tick that has not come yet included.
  func worst(at now: Int64) -> Int64 { max(self[.worst], pending(at: now)) }
  func lateSum(at now: Int64) -> Int64 {
    let pending = pending(at: now)
    return self[.lateSum] + (pending > 50_000_000 ? pending : 0)
  }
  var worstFresh: Int64 { self[.worstFresh] }
  var worstFile: Int64 { self[.worstFile] }

  private func pending(at now: Int64) -> Int64 { max(0, now - self[.last] - Probe.tickNanoseconds) }
}

/// Does what a program does that a person looks at: every 10 ms a little memory that it never had, and some pages of a
/// file, such as its own code. How late it is is what the person feels.
enum Probe {
  static let tickNanoseconds: Int64 = 10_000_000
  private static let freshPages = 64
  private static let filePages = 8

  static func run(_ options: WorkOptions, _ numbers: inout SeededNumbers) -> Never {
    let file = unsafe open("/data/probe", O_RDONLY)
    let bytes = Int(lseek(file, 0, SEEK_END))
    guard let record = ProbeRecord(isNew: false), file >= 0,
      let start = unsafe mmap(nil, bytes, PROT_READ, MAP_PRIVATE, file, 0), unsafe start != MAP_FAILED
    else { exit(71) }
    let pages = unsafe start.assumingMemoryBound(to: UInt8.self)
    for page in stride(from: 0, to: bytes, by: Memory.pageBytes) { unsafe sink &+= pages[page] }
    var previous = MonotonicClock.nowNanoseconds
    while true {
      MonotonicClock.sleep(nanoseconds: tickNanoseconds)
      let begin = MonotonicClock.nowNanoseconds
      if let memory = Memory(bytes: freshPages * Memory.pageBytes) {
        for page in 0..<freshPages {
          unsafe (memory.start + page * Memory.pageBytes).storeBytes(of: 1, as: UInt8.self)
        }
        memory.free()
      }
      let middle = MonotonicClock.nowNanoseconds
      for _ in 0..<filePages {
        unsafe sink &+= pages[numbers.next(below: bytes / Memory.pageBytes) * Memory.pageBytes]
      }
      let end = MonotonicClock.nowNanoseconds
      record.add(late: end - previous - tickNanoseconds, fresh: middle - begin, file: end - middle, at: end)
      previous = end
    }
  }
}
