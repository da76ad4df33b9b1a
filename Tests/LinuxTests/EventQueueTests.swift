import ScytheLinux
import TestSupport
import Testing

/// The keys that are ready within a time.
private func ready(
  _ queue: borrowing EventQueue, capacity: Int = 8, timeoutMilliseconds: Int64 = 0
) -> [UInt64] {
  var keys = [UInt64](repeating: .max, count: capacity)
  var span = keys.mutableSpan
  let count = queue.wait(into: &span, timeoutNanoseconds: timeoutMilliseconds * 1_000_000)
  return Array(keys[..<count])
}

@Suite struct `An event queue` {
  @Test func `wakes for a counter that was signalled, until it is drained`() throws {
    let queue = try EventQueue()
    let counter = try EventCounter()
    try queue.add(counter.descriptor, key: 7)
    #expect(ready(queue) == [])
    counter.signal()
    counter.signal()
    #expect(ready(queue) == [7])
    #expect(ready(queue) == [7])
    counter.drain()
    #expect(ready(queue) == [])
    // Draining what is empty does not block.
    counter.drain()
  }

  @Test func `wakes for the death of a process`() throws {
    let victim = try VictimProcess()
    defer { victim.end() }
    let process = try ProcessDescriptor(victim.pid)
    let queue = try EventQueue()
    try queue.add(process, key: .max - 1)
    #expect(ready(queue) == [])
    try process.send(.kill)
    #expect(ready(queue, timeoutMilliseconds: 5000) == [.max - 1])
    queue.remove(process)
    #expect(ready(queue) == [])
  }

  @Test func `fills no more keys than there is room for`() throws {
    let queue = try EventQueue()
    let first = try EventCounter()
    let second = try EventCounter()
    try queue.add(first.descriptor, key: 1)
    try queue.add(second.descriptor, key: 2)
    first.signal()
    second.signal()
    #expect(ready(queue, capacity: 1).count == 1)
    #expect(ready(queue).sorted() == [1, 2])
  }

  @Test func `hears of another queue once, until it listens again`() throws {
    let queue = try EventQueue()
    let inner = try EventQueue()
    let counter = try EventCounter()
    try inner.add(counter.descriptor, key: 1)
    try queue.add(once: inner, key: 9)
    counter.signal()
    #expect(ready(queue) == [9])
    counter.drain()
    counter.signal()
    #expect(ready(queue) == [])
    queue.listenAgain(to: inner, key: 9)
    #expect(ready(queue) == [9])
    #expect(ready(inner) == [1])
  }

  @Test func `takes a descriptor once`() throws {
    let queue = try EventQueue()
    let counter = try EventCounter()
    try queue.add(counter.descriptor, key: 1)
    #expect(throws: Errno.fileExists) { try queue.add(counter.descriptor, key: 2) }
  }

  @Test func `waits for its time and not less`() throws {
    let queue = try EventQueue()
    let start = MonotonicClock.nowNanoseconds
    #expect(ready(queue, timeoutMilliseconds: 20) == [])
    #expect(MonotonicClock.nowNanoseconds - start >= 20_000_000)
  }
}

@Suite struct `A descriptor` {
  @Test func `is readable when there is something to read`() throws {
    let counter = try EventCounter()
    let before = try counter.descriptor.waitUntilReadable(timeoutMilliseconds: 0)
    #expect(!before)
    counter.signal()
    let after = try counter.descriptor.waitUntilReadable(timeoutMilliseconds: 1000)
    #expect(after)
  }

  @Test func `reads at an offset and behind what is in the buffer`() throws {
    let tree = try TemporaryTree()
    try tree.write("file", "0123456789")
    let file = try tree.open("file")
    var buffer = Array("abcdef".utf8)
    var span = buffer.mutableSpan
    let count = try file.read(into: &span, from: 2, at: 7)
    #expect(count == 3)
    #expect(buffer == Array("ab789f".utf8))
  }

  @Test func `writes what it is given`() throws {
    let tree = try TemporaryTree()
    try tree.write("file", "..........")
    let file = try tree.open("file", .readWrite)
    try file.write("max")
    var number = PathBuffer(" ")
    number.append(decimal: -7)
    try file.write(number)
    var buffer = [UInt8](repeating: 0, count: 32)
    var span = buffer.mutableSpan
    let count = try file.read(into: &span, at: 0)
    #expect(buffer[..<count] == ArraySlice("max -7....".utf8))
  }

  @Test func `of nothing is ENOENT`() throws {
    let tree = try TemporaryTree()
    #expect(throws: Errno.noSuchFileOrDirectory) { _ = try tree.open("file") }
    try tree.write("file", "")
    #expect(throws: Errno.notDirectory) { _ = try tree.open("file", .directory) }
    let folder = try FileDescriptor(PathBuffer(bytes: tree.path.utf8), .directory)
    #expect(throws: Errno.noSuchFileOrDirectory) { _ = try FileDescriptor("other", in: folder, .read) }
    try FileDescriptor("file", in: folder, .read).close()
  }
}
