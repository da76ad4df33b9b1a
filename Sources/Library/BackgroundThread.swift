import ScytheLinux

/// Work that blocks, on a thread of its own, for code that must not.
enum BackgroundThread {
  /// Runs a body on a new thread, and waits for it without blocking one.
  ///
  /// - Parameters:
  ///   - startFailure: what is thrown if there can be no thread.
  ///   - body: gets a descriptor that becomes readable when the waiting task is cancelled.
  /// - Returns: what the body returns.
  /// - Throws: what the body throws.
  static func run<Report: Sendable, Failure: Error>(
    startFailure: (Errno) -> Failure, _ body: @escaping @Sendable (CInt) throws(Failure) -> Report
  ) async throws(Failure) -> Report {
    let cancellation: Cancellation
    do throws(Errno) { cancellation = try Cancellation() } catch { throw startFailure(error) }
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Result<Report, Failure>, Never>) in
        do throws(Errno) {
          try start {
            let descriptor = cancellation.counter.descriptor.number
            continuation.resume(returning: Result { () throws(Failure) in try body(descriptor) })
          }
        } catch {
          continuation.resume(returning: .failure(startFailure(error)))
        }
      }
    } onCancel: {
      cancellation.counter.signal()
    }
    return try result.get()
  }

  private static func start(_ work: @escaping @Sendable () -> Void) throws(Errno) {
    let context = unsafe Unmanaged.passRetained(Work(run: work))
    do throws(Errno) {
      // The selection goes through /proc and cgroup trees with buffers on the stack.
      try unsafe Threads.start(stackBytes: 1 << 20, context: context.toOpaque()) { raw in
        unsafe Unmanaged<Work>.fromOpaque(raw!).takeRetainedValue().run()
        return nil
      }
    } catch {
      unsafe context.release()
      throw error
    }
  }

  /// What crosses to the thread as a pointer.
  private final class Work: Sendable {
    let run: @Sendable () -> Void

    init(run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// A counter that lives for as long as somebody may signal it, or wait on it.
  private final class Cancellation: Sendable {
    let counter: EventCounter

    init() throws(Errno) { counter = try EventCounter() }
  }
}
