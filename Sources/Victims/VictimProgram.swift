import Glibc

extension VictimProcess {
  /// The path of `scythe-victim` as this program finds it: beside itself where both were built, and in libexec where
  /// they are installed.
  ///
  /// - Returns: `nil` if it is at neither place.
  public static func findProgram() -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
    let own = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let folder = own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return ["\(folder)/scythe-victim", "\(folder)/../libexec/scythe/scythe-victim"].first {
      unsafe access($0, X_OK) == 0
    }
  }
}
