public import ScytheLinux
import Synchronization

/// Scythe's kernel extension, as a test wants it to be.
public final class PretendedExtension: Sendable {
  /// What was asked of it.
  public struct Call: Equatable, Sendable {
    /// The advice.
    public let advice: MemoryAdvice
    /// Where.
    public let span: AdviceSpan

    /// Makes one, to compare with.
    public init(advice: MemoryAdvice, span: AdviceSpan) {
      self.advice = advice
      self.span = span
    }
  }

  /// All that the first version can do.
  public static let allAbilities: MadviseAbilities =
    .wholeProcess | .bounds | .budget | .sparesRobustMutexes | .lockedMemory

  private let description: MadviseExtension
  private let answer: @Sendable (Call, Int, borrowing ProcessDescriptor) throws(Errno) -> UInt64?
  // One lock for both: executors ask at the same time.
  private let state = Mutex<(calls: [Call], queries: Int, isLoaded: Bool)>(([], 0, true))

  /// Makes one.
  ///
  /// - Parameters:
  ///   - version: of its interface.
  ///   - abilities: what it says that it can do.
  ///   - answer: what it says to a call, of which it gets the number as well, from 0 on.
  public init(
    version: Int = 1, _ abilities: MadviseAbilities = PretendedExtension.allAbilities,
    answer: @escaping @Sendable (Call, Int, borrowing ProcessDescriptor) throws(Errno) -> UInt64?
  ) {
    description = MadviseExtension(version: version, abilities: abilities)
    self.answer = answer
  }

  /// What was asked of it so far.
  public var calls: [Call] { state.withLock { $0.calls } }
  /// How many times it was asked for.
  public var queries: Int { state.withLock { $0.queries } }

  /// Takes it away.
  public func unload() { state.withLock { $0.isLoaded = false } }

  /// Answers the query.
  public func query() throws(Errno) -> MadviseExtension {
    let isLoaded = state.withLock { state in
      state.queries += 1
      return state.isLoaded
    }
    guard isLoaded else { throw .invalidArgument }
    return description
  }

  /// Answers a call.
  public func advise(
    _ advice: MemoryAdvice, _ span: AdviceSpan, _ process: borrowing ProcessDescriptor
  ) throws(Errno) -> UInt64? {
    let call = Call(advice: advice, span: span)
    let (number, isLoaded) = state.withLock { state in
      state.calls.append(call)
      return (state.calls.count - 1, state.isLoaded)
    }
    guard isLoaded else { throw .invalidArgument }
    return try answer(call, number, process)
  }
}
