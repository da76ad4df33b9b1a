import Foundation

extension URL {
  /// The path as the kernel knows it.
  var location: String { path(percentEncoded: false) }
}
