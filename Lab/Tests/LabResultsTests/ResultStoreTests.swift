import Foundation
import Testing

@testable import LabResults

@Suite struct `A folder of results` {
  /// A folder of its own, gone afterwards.
  private func withFolder(_ body: (ResultStore, URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "scythe-lab-results-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(ResultStore(folder: folder), folder)
  }

  private func files(in folder: URL) -> [String] {
    let all = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return all.filter { path in
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: folder.appending(path: path).path, isDirectory: &isFolder)
      return !isFolder.boolValue
    }.sorted()
  }

  @Test func `that is not there, or empty, has no results and no problems`() throws {
    try withFolder { store, folder in
      #expect(store.read().results.isEmpty && store.read().problems.isEmpty)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      #expect(store.read().results.isEmpty && store.read().problems.isEmpty)
    }
  }

  @Test func `gives back what was written, in order, and tells which runs are there`() throws {
    try withFolder { store, folder in
      var failed = Synthetic.run("hog", "nohang", 2)
      failed.state = .failed
      failed.reason = "the guest did not end within 150 s"
      let results = [
        Synthetic.exhaustion("kernel", 1), Synthetic.exhaustion("kernel", 2), failed,
        Synthetic.calm("scythed", resident: 1 << 20, wakeUps: 0.1),
      ]
      for result in results.reversed() { try store.write(result) }
      let contents = store.read()
      #expect(contents.problems.isEmpty)
      #expect(contents.results.count == 4)
      #expect(results.allSatisfy(contents.results.contains))
      #expect(contents.results.map { ResultStore.Key($0) } == contents.results.map { ResultStore.Key($0) }.sorted())
      #expect(
        files(in: folder)
          == ["6.1/calm-90/scythed.1.json", "6.1/hog/kernel.1.json", "6.1/hog/kernel.2.json", "6.1/hog/nohang.2.json"])
      let key = ResultStore.Key(kernel: "6.1", scenario: "hog", killer: "nohang", repetition: 2)
      #expect(contents.results.contains { ResultStore.Key($0) == key && $0.state == .failed })
      #expect(contents.lacks(key, of: nil))
      #expect(contents.lacks(ResultStore.Key(kernel: "6.1", scenario: "hog", killer: "nohang", repetition: 1), of: nil))
      #expect(
        !contents.lacks(ResultStore.Key(kernel: "6.1", scenario: "hog", killer: "kernel", repetition: 1), of: nil))
    }
  }

  @Test func `lacks a run that was starved, if its times are wanted`() throws {
    try withFolder { store, _ in
      var result = Synthetic.exhaustion("kernel")
      try store.write(result)
      #expect(!store.read().lacks(ResultStore.Key(result), of: nil, isTimed: true))
      result.exhaustion?.instrumentGapMicroseconds = ExhaustionResult.starvationMicroseconds + 1
      try store.write(result)
      #expect(store.read().lacks(ResultStore.Key(result), of: nil, isTimed: true))
      #expect(!store.read().lacks(ResultStore.Key(result), of: nil))
    }
  }

  @Test func `lacks the result of a build of which it has that of another`() throws {
    try withFolder { store, _ in
      var result = Synthetic.exhaustion("scythed")
      let key = ResultStore.Key(result)
      try store.write(result)
      #expect(store.read().lacks(key, of: "build 2"), "a build that nobody wrote down")
      result.killerVersion = "build 1"
      try store.write(result)
      #expect(store.read().lacks(key, of: "build 2"))
      #expect(!store.read().lacks(key, of: "build 1"))
      #expect(!store.read().lacks(key, of: nil), "nothing is built that could be run instead")
    }
  }

  @Test func `holds a result that is written again once, and no other file`() throws {
    try withFolder { store, folder in
      try store.write(Synthetic.exhaustion("kernel", stall: 100))
      try store.write(Synthetic.exhaustion("kernel", stall: 300))
      #expect(store.read().results.map(\.exhaustion?.worstStallMicroseconds) == [300_000])
      #expect(files(in: folder) == ["6.1/hog/kernel.1.json"])
    }
  }

  @Test func `names a file that is cut off anywhere, and uses the others`() throws {
    try withFolder { store, _ in
      let whole = Synthetic.exhaustion("kernel", 1)
      let cut = Synthetic.exhaustion("earlyoom-1.9.0", 1)
      try store.write(whole)
      try store.write(cut)
      let file = store.file(of: ResultStore.Key(cut))
      let bytes = try Data(contentsOf: file)
      // The last byte is the newline, without which the result is whole.
      for length in 0..<bytes.count - 1 {
        try bytes.prefix(length).write(to: file)
        let contents = store.read()
        #expect(contents.results == [whole], "\(length) bytes")
        #expect(contents.problems.count == 1)
        #expect(contents.problems.first?.hasPrefix("'6.1/hog/earlyoom-1.9.0.1.json' is not used: ") == true)
      }
      try bytes.dropLast().write(to: file)
      #expect(store.read().results.count == 2)
    }
  }

  @Test func `says of each file in one line why it is not used`() throws {
    try withFolder { store, folder in
      try store.write(Synthetic.exhaustion("kernel"))
      let whole = try String(contentsOf: folder.appending(path: "6.1/hog/kernel.1.json"), encoding: .utf8)
      let texts = [
        "text.json": "what a log says", "array.json": "[]",
        "schema.json": whole.replacing("\"schema\":1", with: "\"schema\":2"),
        "lacking.json": "{\"schema\":1,\"kernel\":\"6.1\"}", "moved.json": whole,
        "line\nbreak.json": "", "number.json": whole.replacing("\"repetition\":1", with: "\"repetition\":1e99"),
      ]
      for (name, text) in texts { try Data(text.utf8).write(to: folder.appending(path: "6.1/hog/\(name)")) }
      try FileManager.default.createDirectory(
        at: folder.appending(path: "6.1/hog/folder.json"), withIntermediateDirectories: true)
      try Data("a log".utf8).write(to: folder.appending(path: "6.1/hog/console.log"))
      let contents = store.read()
      #expect(contents.results.count == 1)
      #expect(contents.problems.count == texts.count + 1)
      #expect(contents.problems.allSatisfy { !$0.contains("\n") && $0.contains(" is not used: ") })
      func problem(_ name: String) -> String { contents.problems.first { $0.contains(name) } ?? "" }
      #expect(problem("text.json").contains("no result, or only a part"))
      #expect(problem("schema.json").contains("schema 2"))
      #expect(problem("lacking.json").contains("lacks"))
      #expect(problem("moved.json").contains("another run, which belongs in '6.1/hog/kernel.1.json'"))
      #expect(problem("folder.json").contains("cannot be read"))
    }
  }

  @Test(arguments: ["..", ".", "", "a/../../b", "/etc/passwd", "nul\0", "ä b", ".hidden"])
  func `keeps a result of any name inside`(name: String) throws {
    try withFolder { store, folder in
      var result = Synthetic.exhaustion("kernel")
      (result.kernel, result.scenario, result.killer) = (name, name, name)
      try store.write(result)
      let path = store.file(of: ResultStore.Key(result)).standardizedFileURL.path
      #expect(path.hasPrefix(folder.standardizedFileURL.path + "/"))
      #expect(path.split(separator: "/").count == folder.path.split(separator: "/").count + 3)
      let contents = store.read()
      #expect(contents.results == [result])
      #expect(contents.problems.isEmpty)
    }
  }

  @Test func `that cannot be written to is named in one line, and what was there stays`() throws {
    try withFolder { store, folder in
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      // A file where a folder has to be stops root too.
      try Data("mine".utf8).write(to: folder.appending(path: "6.1"))
      let failure = #expect(throws: ResultStore.Failure.self) { try store.write(Synthetic.exhaustion("kernel")) }
      #expect(failure?.description.hasPrefix("cannot write the result '") == true)
      #expect(failure?.description.contains("\n") == false)
      #expect(try String(contentsOf: folder.appending(path: "6.1"), encoding: .utf8) == "mine")
    }
  }
}
