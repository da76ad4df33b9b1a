import ArgumentParser
import BenchmarkResults
import Foundation

/// Files of results and about them.
enum ResultsFile {
  static func read(_ path: String) throws -> BenchmarkResults {
    let results: BenchmarkResults
    do {
      results = try JSONDecoder().decode(BenchmarkResults.self, from: Data(try text(of: path).utf8))
    } catch let error as ValidationError {
      throw error
    } catch {
      throw ValidationError("cannot read results from \(path): not a file of 'scythe-bench run --json'")
    }
    guard results.format == BenchmarkResults.currentFormat else {
      throw ValidationError(
        "cannot read results from \(path): format \(results.format); measure again with 'make bench'")
    }
    return results
  }

  static func write(_ results: BenchmarkResults, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try write(String(decoding: try encoder.encode(results), as: UTF8.self) + "\n", to: path)
  }

  static func text(of path: String) throws -> String {
    do {
      return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw ValidationError("cannot read \(path): \(error.localizedDescription)")
    }
  }

  /// Makes the folder of a file that will be written.
  static func checkWritable(_ path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    guard FileManager.default.isWritableFile(atPath: folder.path) else {
      throw ValidationError("cannot write \(path): \(folder.path) is no folder that can be written to")
    }
  }

  static func write(_ text: String, to path: String) throws {
    try checkWritable(path)
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    } catch {
      throw ValidationError("cannot write \(path): \(error.localizedDescription)")
    }
  }
}
