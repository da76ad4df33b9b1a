import Scythe

extension PathBuffer {
  /// A short text of the kernel layer as a string; what is no UTF-8 is replaced.
  var string: String { withBytes { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) } }
}
