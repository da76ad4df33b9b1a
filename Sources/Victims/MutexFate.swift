/// What became of a robust mutex whose owner was killed.
public enum MutexFate: String, Encodable, Sendable {
  /// Whoever shares it was told of the owner's death, and can go on.
  case recovered
  /// Nobody was told: whoever shares it waits for ever.
  case lost
  case unknown
}

extension VictimProcess {
  /// Waits until the victim is dead, and lets the process that shares its mutex try to have it for two seconds.
  ///
  /// The victim was made with `--robust held` and a single thread.
  public func mutexFate() -> MutexFate {
    _ = ask("w")
    let answer = ask("m")
    if answer.hasSuffix(" recovered=1 lost=0") { return .recovered }
    return answer.hasSuffix(" recovered=0 lost=1") ? .lost : .unknown
  }
}
