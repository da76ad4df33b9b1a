import Scythe

extension InterruptionSignals {
  /// The same, or one clear line.
  ///
  /// - Parameter verb: what is attempted.
  static func open(to verb: String = "kill") throws -> InterruptionSignals {
    do throws(Errno) { return try InterruptionSignals() } catch { throw Failure(.kernel(error), to: verb) }
  }
}
