import ScytheLinux

/// The structs of the header, which begin with their size as the program knows them: it may have been compiled with an
/// older header, or a newer one, than the library.
enum SizedStruct {
  /// No struct will be longer; a size above it is memory that was never set.
  static var mostBytes: Int { 4096 }

  /// The size that a program says that a struct has.
  ///
  /// - Parameter least: what the first version had.
  /// - Throws: `Errno.invalidArgument` if no version had it.
  static func size(of pointer: UnsafeRawPointer, least: Int) throws(Errno) -> Int {
    let size = unsafe pointer.load(as: Int.self)
    guard size >= least, size <= mostBytes else { throw .invalidArgument }
    return size
  }

  /// Reads a struct; fields that the program does not know keep their value.
  ///
  /// - Throws: `Errno.invalidArgument` as `size(of:least:)`; `Errno.argumentTooLarge` if it has fields that the library
  ///   does not know, and they are not 0.
  static func read<Value: BitwiseCopyable>(
    _ pointer: UnsafePointer<Value>, into value: inout Value, least: Int
  ) throws(Errno) {
    let raw = unsafe UnsafeRawPointer(pointer)
    let size = unsafe try size(of: raw, least: least)
    let known = min(size, MemoryLayout<Value>.size)
    for offset in known..<size where unsafe raw.load(fromByteOffset: offset, as: UInt8.self) != 0 {
      throw .argumentTooLarge
    }
    unsafe withUnsafeMutableBytes(of: &value) { bytes in
      unsafe bytes.baseAddress!.copyMemory(from: raw, byteCount: known)
    }
  }

  /// Writes a struct, as much of it as the program has room for; what the library does not know is 0. The size stays as
  /// the program has set it.
  static func write<Value: BitwiseCopyable>(_ value: Value, to pointer: UnsafeMutablePointer<Value>) {
    let raw = UnsafeMutableRawPointer(pointer)
    let header = MemoryLayout<Int>.size
    let size = unsafe raw.load(as: Int.self)
    let known = min(size, MemoryLayout<Value>.size)
    unsafe withUnsafeBytes(of: value) { bytes in
      unsafe (raw + header).copyMemory(from: bytes.baseAddress! + header, byteCount: known - header)
    }
    for offset in known..<size { unsafe raw.storeBytes(of: 0, toByteOffset: offset, as: UInt8.self) }
  }
}
