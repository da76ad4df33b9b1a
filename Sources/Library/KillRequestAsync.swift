public import ScytheReaper

/// As the blocking form, which runs on a thread of its own: no thread of the cooperative pool waits.
///
/// A cancelled task ends the wait; what has been signalled stays signalled, and the report tells what was seen.
///
/// - Parameter request: who, and how; its `options.cancellation` is replaced.
/// - Returns: as the blocking form.
/// - Throws: as the blocking form.
public func killAndRelease(_ request: KillRequest) async throws(ReaperError) -> KillReport {
  try await BackgroundThread.run(startFailure: ReaperError.kernel) { (cancellation) throws(ReaperError) in
    var request = request
    request.options.cancellation = cancellation
    // The blocking form: in here the other one would be chosen only in an async context.
    return try killAndRelease(request)
  }
}
