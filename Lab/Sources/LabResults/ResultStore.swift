package import Foundation

/// A folder of results, one file for each run: `KERNEL/SCENARIO/KILLER.REPETITION.json`. Reports belong elsewhere.
package struct ResultStore: Sendable {
  /// What one run is known by.
  package struct Key: Hashable, Comparable, Sendable {
    /// As the catalogue calls it.
    package var kernel: String
    /// As the catalogue calls it.
    package var scenario: String
    /// As the catalogue calls it.
    package var killer: String
    /// The first is 1.
    package var repetition: Int

    /// The key of a run.
    package init(kernel: String, scenario: String, killer: String, repetition: Int) {
      self.kernel = kernel
      self.scenario = scenario
      self.killer = killer
      self.repetition = repetition
    }

    init(_ result: RunResult) {
      self.init(
        kernel: result.kernel, scenario: result.scenario, killer: result.killer, repetition: result.repetition)
    }

    /// Kernels, scenarios, killers and repetitions, each in order.
    package static func < (one: Key, other: Key) -> Bool {
      (one.kernel, one.scenario, one.killer, one.repetition)
        < (other.kernel, other.scenario, other.killer, other.repetition)
    }
  }

  /// What a folder holds.
  package struct Contents: Sendable {
    /// In the order of their keys.
    package var results: [RunResult] = []
    /// A line for each file that cannot be used: which, and why.
    package var problems: [String] = []
    /// Whether a run is still to be made: it has no result, or a failed one, or that of another build.
    ///
    /// - Parameters:
    ///   - version: the build of the killer that would be run; `nil` takes a result of any.
    ///   - isTimed: whether a run that was starved, so that its times are not used, is as good as none.
    package func lacks(_ key: Key, of version: String?, isTimed: Bool = false) -> Bool {
      !results.contains { result in
        Key(result) == key && (result.state == .done || result.state == .notApplicable)
          && (version == nil || result.killerVersion == version)
          && !(isTimed && result.exhaustion?.isStarved == true)
      }
    }
  }

  /// Why a result was not written, in one line.
  package struct Failure: Error, CustomStringConvertible {
    /// What was attempted, why it failed, and what helps.
    package let description: String
  }

  private let folder: URL

  /// The results in a folder, which need not exist yet.
  package init(folder: URL) { self.folder = folder }

  /// Where the result of a run is.
  package func file(of key: Key) -> URL { folder.appending(path: Self.path(of: key)) }

  /// Reads everything that is there. What cannot be read does not hide the rest.
  package func read() -> Contents {
    var contents = Contents()
    for path in paths {
      do throws(Failure) {
        contents.results.append(try read(path))
      } catch {
        contents.problems.append("'\(PlainText.oneLine(path))' is not used: \(error.description)")
      }
    }
    contents.results.sort { Key($0) < Key($1) }
    return contents
  }

  /// Writes one result; one that was there before is replaced as a whole, or stays.
  package func write(_ result: RunResult) throws(Failure) {
    let file = file(of: Key(result))
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      // A file of another name, which is renamed: whoever reads sees the old result or the new one.
      try (try encoder.encode(result) + Data("\n".utf8)).write(to: file, options: .atomic)
    } catch {
      throw Failure(
        description: "cannot write the result '\(file.path)': \(error.localizedDescription); name a folder that you"
          + " may write to")
    }
  }

  private static let plainBytes = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._".utf8)

  /// A name may hold anything, but it stays one part of a path.
  private static func path(of key: Key) -> String {
    [key.kernel, key.scenario, "\(key.killer).\(key.repetition).json"].map { part in
      let plain = part.utf8.map { byte in
        plainBytes.contains(byte) ? String(UnicodeScalar(byte)) : "=" + String(256 + Int(byte), radix: 16).dropFirst()
      }.joined()
      // Not "." nor "..", nor a file that is hidden, nor none at all.
      return plain.isEmpty || plain.hasPrefix(".") ? "=" + plain : plain
    }.joined(separator: "/")
  }

  /// The files that claim to be results, as paths within the folder.
  private var paths: [String] {
    let all = FileManager.default.enumerator(atPath: folder.path) ?? FileManager.DirectoryEnumerator()
    return all.compactMap { $0 as? String }.filter { $0.hasSuffix(".json") }.sorted()
  }

  private struct Head: Decodable {
    let schema: Int
  }

  private func read(_ path: String) throws(Failure) -> RunResult {
    let data: Data
    do {
      data = try Data(contentsOf: folder.appending(path: path))
    } catch {
      throw Failure(description: "it cannot be read: \(error.localizedDescription)")
    }
    let decoder = JSONDecoder()
    guard let head = try? decoder.decode(Head.self, from: data) else {
      throw Failure(description: "it is no result, or only a part of one; remove it, and the lab runs it again")
    }
    guard head.schema == RunResult.currentSchema else {
      throw Failure(
        description: "it is of schema \(head.schema), and this lab reads \(RunResult.currentSchema); remove it, and the"
          + " lab runs it again")
    }
    let result: RunResult
    do {
      result = try decoder.decode(RunResult.self, from: data)
    } catch {
      throw Failure(
        description: "it lacks what a result must have, or has it otherwise; remove it, and the lab runs it again")
    }
    guard Self.path(of: Key(result)) == path else {
      throw Failure(description: "it is the result of another run, which belongs in '\(Self.path(of: Key(result)))'")
    }
    return result
  }
}
