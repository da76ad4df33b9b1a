import ScytheLinux
import Synchronization

/// How much a line matters, as syslog has it.
enum MessagePriority: UInt8, BitwiseCopyable {
  case error = 3
  case warning = 4
  case notice = 5
  case info = 6
}

extension PathBuffer {
  /// How the journal is told how much the line that follows matters.
  mutating func append(_ priority: MessagePriority) {
    append("<")
    append(decimal: priority.rawValue)
    append(">")
  }
}

extension StandardStream {
  /// Writes why the daemon ends before it has begun.
  func write(refusal text: borrowing PathBuffer) {
    var line = PathBuffer()
    if isSocket { line.append(MessagePriority.error) }
    line.append(text)
    write(line)
  }
}

/// Writes lines to standard error from a thread of its own: a pipe that is full, or a log that waits for its disk, holds
/// up nobody who samples or kills.
@safe struct Scribe: ~Copyable {
  // The ring of lines is changed under the lock, and read under it: the thread writes a copy.
  private let lock: PriorityLock
  private var lines: FixedTable<PathBuffer>
  private var first = 0
  private var count = 0
  private var lost: UInt64 = 0
  /// Whether the first line is being written.
  private var isWriting = false
  private let marksPriority: Bool
  // Counts the lines that were put in, going round. In memory of its own, since the thread sleeps on its address.
  private let word: UnsafeMutablePointer<Atomic<UInt32>>

  /// Two kills' worth of events and a start's warnings are a dozen.
  private static var capacity: Int { 32 }

  init() throws(Errno) {
    let lock = try PriorityLock()
    var lines = try FixedTable<PathBuffer>(capacity: Scribe.capacity)
    for _ in 0..<Scribe.capacity { lines.append(PathBuffer()) }
    unsafe word = try MappedMemory.allocate(Atomic<UInt32>.self, count: 1)
    unsafe word.initialize(to: Atomic<UInt32>(0))
    self.lock = lock
    self.lines = lines
    // The journal takes a priority in front of a line; a person at a terminal does not want to read it.
    marksPriority = StandardStream.error.isSocket
  }

  /// Has a line written. If thirty-two wait already it is dropped, and counted.
  mutating func say(_ priority: MessagePriority, _ text: borrowing PathBuffer) {
    var line = PathBuffer()
    if marksPriority { line.append(priority) }
    line.append("scythed: ")
    line.append(text)
    if !text.hasSuffix("\n") { line.append("\n") }
    lock.withLock {
      guard count < Scribe.capacity else {
        lost += 1
        return
      }
      lines[(first + count) % Scribe.capacity] = line
      count += 1
    }
    _ = unsafe word.pointee.wrappingAdd(1, ordering: .releasing)
    unsafe Threads.wake(word)
  }

  /// Has a literal written.
  mutating func say(_ priority: MessagePriority, _ text: StaticString) { say(priority, PathBuffer(text)) }

  /// Has a line written about something that is missing at the start: `cannot lock memory: EPERM; goes on without`.
  mutating func say(_ priority: MessagePriority, cannot attempt: StaticString, _ error: Errno, _ remedy: StaticString) {
    var line = PathBuffer("cannot ")
    line.append(attempt)
    line.append(": ")
    line.append(error.explanation ?? "unknown error")
    line.append("; ")
    line.append(remedy)
    say(priority, line)
  }

  /// Writes what there is, for ever.
  mutating func run() {
    while true {
      let seen = unsafe word.pointee.load(ordering: .acquiring)
      while let line = next() { StandardStream.error.write(line) }
      unsafe Threads.wait(on: word, while: seen, timeoutNanoseconds: -1)
    }
  }

  /// The next line; it stays counted until the one after it is asked for, so that a line being written is not over.
  private mutating func next() -> PathBuffer? {
    lock.withLock {
      if isWriting {
        first = (first + 1) % Scribe.capacity
        count -= 1
        isWriting = false
      }
      if lost > 0, count < Scribe.capacity {
        var line = PathBuffer("scythed: ")
        line.append(decimal: lost)
        line.append(" messages were lost: nobody read them\n")
        lines[(first + count) % Scribe.capacity] = line
        count += 1
        lost = 0
      }
      guard count > 0 else { return nil }
      isWriting = true
      return lines[first]
    }
  }

  /// Waits until all is written.
  ///
  /// - Parameter nanoseconds: for so long at the most: what is written to may be stuck.
  func flush(within nanoseconds: Int64) {
    let end = MonotonicClock.nowNanoseconds + nanoseconds
    while MonotonicClock.nowNanoseconds < end {
      if lock.withLock({ count == 0 }) { return }
      MonotonicClock.sleep(nanoseconds: 1_000_000)
    }
  }
}
