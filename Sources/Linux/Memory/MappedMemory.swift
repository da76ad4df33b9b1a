internal import CScytheLinux

/// Memory mapped for one value, at an address that never changes.
public enum MappedMemory {
  /// Maps memory for values; it is zero, and bound, but not initialized.
  ///
  /// - Throws: `Errno.noMemory`.
  public static func allocate<Value: ~Copyable>(
    _ type: Value.Type, count: Int
  ) throws(Errno) -> UnsafeMutablePointer<Value> {
    var error = 0
    guard let raw = unsafe clinux_map_anonymous(bytes(type, count: count), &error) else {
      throw Errno(rawValue: CInt(truncatingIfNeeded: -error))
    }
    return unsafe raw.bindMemory(to: type, capacity: count)
  }

  /// Unmaps what `allocate` mapped; the values must have been deinitialized.
  public static func free<Value: ~Copyable>(_ base: UnsafeMutablePointer<Value>, count: Int) {
    _ = unsafe clinux_unmap(UnsafeMutableRawPointer(base), bytes(Value.self, count: count))
  }

  /// Writes to every page of what `allocate` mapped, without a change.
  public static func touch<Value: ~Copyable>(_ base: UnsafeMutablePointer<Value>, count: Int) {
    unsafe clinux_touch_pages(UnsafeMutableRawPointer(base), bytes(Value.self, count: count))
  }

  private static func bytes<Value: ~Copyable>(_ type: Value.Type, count: Int) -> Int {
    max(1, MemoryLayout<Value>.stride * count)
  }
}
