/// Rows at fixed addresses in memory mapped once: what a core without a heap has instead of an array. Threads may hold
/// pointers to rows, since no row moves but by ``insert(_:at:)`` and ``remove(at:)``.
@safe public struct FixedTable<Row: ~Copyable>: ~Copyable {
  private let base: UnsafeMutablePointer<Row>
  /// The most rows that fit.
  public let capacity: Int
  /// How many rows there are.
  public private(set) var count = 0

  /// Maps memory for as many rows; the kernel hands out its pages as they are first used.
  ///
  /// - Throws: `Errno.noMemory`.
  public init(capacity: Int) throws(Errno) {
    unsafe base = try MappedMemory.allocate(Row.self, count: capacity)
    self.capacity = capacity
  }

  deinit {
    for index in 0..<count { unsafe (base + index).deinitialize(count: 1) }
    unsafe MappedMemory.free(base, count: capacity)
  }

  /// Has the kernel hand out all of its memory now: a page that is first used when memory is short may take long.
  public func makeResident() { unsafe MappedMemory.touch(base, count: capacity) }

  /// Whether no further row fits.
  public var isFull: Bool { count == capacity }

  /// Appends a row; a precondition: not full.
  public mutating func append(_ row: consuming Row) {
    precondition(count < capacity)
    unsafe (base + count).initialize(to: row)
    count += 1
  }

  /// Removes the rows from an index on.
  public mutating func removeLast(from first: Int) {
    precondition(first >= 0)
    while count > first {
      count -= 1
      unsafe (base + count).deinitialize(count: 1)
    }
  }

  /// Puts a row before the one at an index, which like all behind it has another address then; a precondition: not full.
  public mutating func insert(_ row: consuming Row, at index: Int) {
    precondition(index >= 0 && index <= count && count < capacity)
    unsafe (base + index + 1).moveInitialize(from: base + index, count: count - index)
    unsafe (base + index).initialize(to: row)
    count += 1
  }

  /// Removes a row; those behind it close up, and have other addresses then.
  public mutating func remove(at index: Int) {
    precondition(index >= 0 && index < count)
    count -= 1
    unsafe (base + index).deinitialize(count: 1)
    unsafe (base + index).moveInitialize(from: base + index + 1, count: count - index)
  }

  /// The address of a row, valid for as long as the table and the row live.
  public func pointer(at index: Int) -> UnsafeMutablePointer<Row> {
    precondition(index >= 0 && index < count)
    return unsafe base + index
  }

  /// A row.
  public subscript(index: Int) -> Row {
    _read {
      precondition(index >= 0 && index < count)
      yield unsafe base[index]
    }
    _modify {
      precondition(index >= 0 && index < count)
      yield unsafe &base[index]
    }
  }
}

extension FixedTable where Row: BitwiseCopyable {
  /// Lends the rows, as one piece of memory.
  public func withRows<E: Error, R: ~Copyable>(_ body: (Span<Row>) throws(E) -> R) throws(E) -> R {
    try unsafe body(Span(_unsafeStart: UnsafePointer(base), count: count))
  }
}
