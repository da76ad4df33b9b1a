import Scythe

/// What several commands take in the same form.
enum Arguments {
  /// A process by its number.
  ///
  /// - Parameter verb: what shall happen to it.
  static func process(_ text: String, to verb: String) throws -> PID {
    guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int64(text) else {
      throw Failure.usage("cannot \(verb) '\(text)': not a process number; use --name for a name")
    }
    guard number > 0 else {
      throw Failure.usage("cannot \(verb) '\(text)': process numbers begin at 1")
    }
    guard let pid = Int32(exactly: number) else {
      throw Failure(message: "cannot \(verb) \(text): no such process", exit: Exit.noSuchProcess)
    }
    return PID(pid)
  }

  /// A length of time, in nanoseconds.
  ///
  /// - Parameter mostDays: the longest time that makes sense.
  static func time(_ text: String, _ option: String, mostDays: Int = 1) throws -> Int64 {
    guard let nanoseconds = Quantity.nanoseconds(text, mostDays: mostDays) else {
      let most = mostDays == 1 ? "24h" : "\(mostDays)d"
      throw Failure.usage("cannot use '\(text)' for \(option): give a time from 0 to \(most), such as 500ms, 3s or 2m")
    }
    return nanoseconds
  }

  /// How often a status page is looked at, in nanoseconds.
  static func interval(_ text: String) throws -> Int64 {
    let nanoseconds = try time(text, "--interval")
    guard nanoseconds >= 100_000_000 else {
      throw Failure.usage("cannot use '\(text)' for --interval: the least is 100ms")
    }
    return nanoseconds
  }

  /// A number of bytes.
  static func bytes(_ text: String, _ option: String) throws -> UInt64 {
    guard let bytes = Quantity.byteCount(text) else {
      throw Failure.usage("cannot use '\(text)' for \(option): give a size, such as 4096, 64K, 256M or 1.5G")
    }
    return bytes
  }
}
