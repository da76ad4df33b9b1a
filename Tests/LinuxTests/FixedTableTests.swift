import ScytheLinux
import Testing

/// Counts how often it is thrown away.
private struct Row: ~Copyable {
  let number: Int
  let counter: Counter
  deinit { counter.deaths += 1 }
}

private final class Counter {
  var deaths = 0
}

@Suite struct `A fixed table` {
  @Test(arguments: [0, 1, 2]) func `closes up where a row goes, and opens where one comes`(index: Int) throws {
    let counter = Counter()
    do {
      var table = try FixedTable<Row>(capacity: 3)
      for number in 0..<3 { table.append(Row(number: number, counter: counter)) }
      table.remove(at: index)
      #expect(counter.deaths == 1)
      let left = [table[0].number, table[1].number]
      #expect(left == [[1, 2], [0, 2], [0, 1]][index])
      table.insert(Row(number: 7, counter: counter), at: index)
      let all = [table[0].number, table[1].number, table[2].number]
      #expect(all == [[7, 1, 2], [0, 7, 2], [0, 1, 7]][index])
      #expect(counter.deaths == 1)
    }
    #expect(counter.deaths == 4)
  }

  @Test func `takes as many rows as were asked for and then is full`() throws {
    let counter = Counter()
    var table = try FixedTable<Row>(capacity: 3)
    for number in 0..<3 {
      let isFull = table.isFull
      #expect(!isFull)
      table.append(Row(number: number, counter: counter))
    }
    let isFull = table.isFull
    #expect(isFull)
    let count = table.count
    #expect(count == 3)
    let last = table[2].number
    #expect(last == 2)
    #expect(counter.deaths == 0)
  }

  @Test func `throws away each row once`() throws {
    let counter = Counter()
    do {
      var table = try FixedTable<Row>(capacity: 4)
      for number in 0..<4 { table.append(Row(number: number, counter: counter)) }
      table.removeLast(from: 1)
      #expect(counter.deaths == 3)
      table.removeLast(from: 1)
      #expect(counter.deaths == 3)
      table.append(Row(number: 9, counter: counter))
      let number = table[1].number
      #expect(number == 9)
    }
    #expect(counter.deaths == 5)
  }

  @Test func `never moves a row`() throws {
    var table = try FixedTable<Int>(capacity: 10_000)
    table.append(0)
    let first = unsafe table.pointer(at: 0)
    for number in 1..<10_000 { table.append(number) }
    let again = unsafe table.pointer(at: 0)
    #expect(unsafe first == again)
    table[9999] = 7
    let last = unsafe table.pointer(at: 9999).pointee
    #expect(last == 7)
  }

  @Test func `that no memory holds is ENOMEM`() {
    #expect(throws: Errno.noMemory) { _ = try FixedTable<Int>(capacity: 1 << 56) }
  }

  @Test func `may have no room at all`() throws {
    let table = try FixedTable<Int>(capacity: 0)
    let isFull = table.isFull
    #expect(isFull)
  }
}
