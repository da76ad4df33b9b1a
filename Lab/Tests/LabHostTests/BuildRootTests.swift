import Foundation
import LabCatalog
import Testing

@testable import LabHost

/// A root made of real packages, and real compilers in it.
@Suite(
  .serialized,
  .enabled(if: BrokenGuests.tools != nil, "needs packages: make lab-check names the folder of what it builds"))
struct `A root to build in` {
  private let cache = Cache(nil)

  /// The root, the release of its kernel, and a folder of this process with files in a folder of it.
  private func prepare(_ files: [String: String]) async throws -> (root: BuildRoot, release: String, place: URL) {
    let kernel = try #require(Kernel.named("6.1"))
    let tools = URL(filePath: try #require(BrokenGuests.tools), directoryHint: .isDirectory)
    let repository = tools.deletingLastPathComponent().deletingLastPathComponent()
    let image = try await KernelImage(kernel, in: cache, files: repository.appending(path: "Lab/Guest"))
    let root = try await BuildRoot(for: kernel, release: image.release, in: cache)
    let place = try cache.working().appending(path: "build-\(UUID().uuidString.prefix(8))", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    let tree = place.appending(path: "scythe-extension-1")
    try FileManager.default.createDirectory(at: tree, withIntermediateDirectories: true)
    for (name, text) in files { try Data(text.utf8).write(to: tree.appending(path: name)) }
    return (root, image.release, place)
  }

  private func isMounted(_ root: BuildRoot) throws -> Bool {
    try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8).contains("\(root.folder.location)")
  }

  private static let makefile = "all:\n\t$(MAKE) -C $(KERNEL) M=$(CURDIR) modules\n"

  @Test func `compiles a module for its kernel`() async throws {
    let source = """
      #include <linux/module.h>
      static int __init begin(void) { return 0; }
      module_init(begin);
      MODULE_LICENSE("GPL");
      MODULE_DESCRIPTION("Does nothing.");

      """
    let (root, release, place) = try await prepare(
      ["scythe.c": source, "Kbuild": "obj-m := scythe.o\n", "Makefile": Self.makefile])
    defer { cache.removeWorking() }
    let kernel = try #require(Kernel.named("6.1"))
    let module = try await ExtensionModule(for: kernel, release: release, from: place, in: root, cache)
    let contents = try Data(contentsOf: module.file)
    #expect(contents.range(of: Data("vermagic=\(release) ".utf8)) != nil)
    #expect(try !isMounted(root))
  }

  @Test func `says by the compiler's own word why something cannot be built`() async throws {
    let (root, release, place) = try await prepare(
      ["scythe.c": "#error it is not finished\n", "Kbuild": "obj-m := scythe.o\n", "Makefile": Self.makefile])
    defer { cache.removeWorking() }
    let kernel = try #require(Kernel.named("6.1"))
    let failure = await #expect(throws: LabFailure.self) {
      try await ExtensionModule(for: kernel, release: release, from: place, in: root, cache)
    }
    let words = failure?.description ?? ""
    #expect(words.contains("cannot build the extension for 6.1") && words.contains("it is not finished"), "\(words)")
    #expect(try !isMounted(root))
  }

  @Test func `is left without a mount or a process by a build that is cancelled, and keeps what was made`() async throws
  {
    let (root, _, place) = try await prepare([:])
    defer { cache.removeWorking() }
    let mark = "86399.\(ProcessInfo.processInfo.processIdentifier)"
    let running = Task { try await root.run("echo half >made; sleep \(mark)", in: place, to: "wait") }
    while !FileManager.default.fileExists(atPath: place.appending(path: "made").path) {
      try await Task.sleep(for: .milliseconds(50))
    }
    running.cancel()
    await #expect(throws: (any Error).self) { try await running.value }
    #expect(try !isMounted(root))
    #expect(try String(contentsOf: place.appending(path: "made"), encoding: .utf8) == "half\n")
    // The end of a process namespace takes a moment.
    for _ in 0..<100 where isRunning(mark) { try await Task.sleep(for: .milliseconds(50)) }
    #expect(!isRunning(mark))
  }

  private func isRunning(_ mark: String) -> Bool {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.contains { process in
      let line = (try? Data(contentsOf: URL(filePath: "/proc/\(process)/cmdline"))) ?? Data()
      return line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) } == ["sleep", mark]
    }
  }
}
