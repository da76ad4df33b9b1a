public import ScytheLinux

/// What was found in a kill log besides records.
@frozen public struct KillLogSurvey: Equatable, Sendable, BitwiseCopyable {
  /// How many records are as they were written.
  public var intact: UInt64 = 0
  /// How many places hold something else: a write that was torn, or a disk that forgets.
  public var damaged: UInt64 = 0
  /// How many places the file is too short for.
  public var missing: UInt64 = 0

  /// Makes a survey of nothing.
  public init() {}
}

extension KillLog {
  /// How many damaged places are read again, and how long is waited before: one may be being written just now.
  private static var secondReads: UInt64 { 8 }
  private static var pauseNanoseconds: Int64 { 1_000_000 }

  /// Goes through the records of a log, in the order of their places, not of time. It may be written meanwhile.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - body: gets each record that is as it was written.
  /// - Returns: what else was found; nothing for a log that is being made.
  /// - Throws: why it cannot be read.
  public static func forEachRecord(
    of path: borrowing PathBuffer, _ body: (KillRecord) -> Void
  ) throws(KillLogError) -> KillLogSurvey {
    let file: FileDescriptor
    do throws(Errno) {
      file = try FileDescriptor(stored: path)
    } catch {
      throw .kernel(error)
    }
    var survey = KillLogSurvey()
    guard let header = try KillLogHeader(of: file) else { return survey }
    do throws(Errno) {
      for place in 0..<header.capacity {
        var content = try header.read(place, of: file)
        if case .damaged = content, survey.damaged < secondReads {
          MonotonicClock.sleep(nanoseconds: pauseNanoseconds)
          content = try header.read(place, of: file)
        }
        switch content {
        case .empty: break
        case .record(let record):
          survey.intact += 1
          body(record)
        case .damaged: survey.damaged += 1
        case .missing: survey.missing += 1
        }
      }
    } catch {
      throw .kernel(error)
    }
    return survey
  }
}
