import ScytheLinux
public import ScytheReaper

/// As the blocking form, which runs on a thread of its own: no thread of the cooperative pool waits.
///
/// A cancelled task ends the wait; what has been signalled stays signalled, and the report tells what was seen.
///
/// - Parameter request: who, and how; its `options.cancellation` is replaced.
/// - Returns: as the blocking form.
/// - Throws: as the blocking form.
public func killAndRelease(_ request: KillRequest) async throws(ReaperError) -> KillReport {
  let work: BackgroundKill
  do throws(Errno) { work = try BackgroundKill(request) } catch { throw .kernel(error) }
  let result = await withTaskCancellationHandler {
    await withCheckedContinuation { work.start($0) }
  } onCancel: {
    work.cancel()
  }
  return try result.get()
}

/// A kill on a thread of its own.
///
/// `@unchecked Sendable`: `continuation` is written once, before the thread that reads it starts; the counter is a
/// descriptor, which any thread may signal.
private final class BackgroundKill: @unchecked Sendable {
  typealias Answer = CheckedContinuation<Result<KillReport, ReaperError>, Never>

  private let request: KillRequest
  private let cancellation: EventCounter
  private var continuation: Answer?

  init(_ request: KillRequest) throws(Errno) {
    let cancellation = try EventCounter()
    var request = request
    request.options.cancellation = cancellation.descriptor.number
    self.request = request
    self.cancellation = cancellation
  }

  func start(_ continuation: Answer) {
    self.continuation = continuation
    let context = unsafe Unmanaged.passRetained(self)
    do throws(Errno) {
      // The selection goes through /proc and cgroup trees with buffers on the stack.
      try unsafe Threads.start(stackBytes: 1 << 20, context: context.toOpaque()) { raw in
        unsafe Unmanaged<BackgroundKill>.fromOpaque(raw!).takeRetainedValue().run()
        return nil
      }
    } catch {
      unsafe context.release()
      continuation.resume(returning: .failure(.kernel(error)))
    }
  }

  func cancel() { cancellation.signal() }

  private func run() {
    // The blocking form, by its type: in here the other one would be chosen only in an async context.
    let result = Result { () throws(ReaperError) in try killAndRelease(request) }
    continuation?.resume(returning: result)
  }
}
