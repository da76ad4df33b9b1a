import Scythe

extension InterruptionSignals {
  /// The same, or one clear line.
  static func open() throws -> InterruptionSignals {
    do throws(Errno) { return try InterruptionSignals() } catch { throw Failure(.kernel(error), controlGroups: []) }
  }
}
