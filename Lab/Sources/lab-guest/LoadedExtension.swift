import CLabGuest
import Glibc
import LabCatalog

/// The kernel extension in the guest's kernel, and what the kernel says while it is there.
struct LoadedExtension {
  private static let name = "scythe"

  /// The module that was built for this kernel.
  let path: String
  let messages: KernelMessages
  /// Whether the kernel checks itself.
  let isInCheckedKernel: Bool

  /// Loads it.
  ///
  /// - Throws: `Stage.Refusal` with what the kernel says if it is not taken, or does not answer.
  init() throws {
    let release = (Text.read("/proc/sys/kernel/osrelease") ?? "").split(separator: "\n").first ?? ""
    // As its configuration calls it.
    isInCheckedKernel = release.hasSuffix("-checked")
    path = "/lab/extension/\(release)/\(Self.name).ko"
    guard let messages = KernelMessages() else {
      throw Stage.Refusal(reason: "what the kernel says cannot be read")
    }
    self.messages = messages
    let (status, output) = Spawn.run("/usr/bin/busybox", ["insmod", path])
    messages.read()
    guard status == 0 else {
      let words = output.split(separator: "\n").last ?? ""
      throw Stage.Refusal(reason: "the extension is not taken: \(words); the kernel: \(messages.last)")
    }
    let answer = labguest_extension_query()
    guard answer > 0 else { throw Stage.Refusal(reason: "the extension is loaded, and answers \(answer)") }
  }

  /// Looks at what the kernel says.
  func look() { messages.read() }

  /// Unloads it, unless the tests did, and reports what the kernel said.
  ///
  /// - Throws: `Stage.Refusal` if it does not go, or the kernel found a fault.
  func end(reportingTo port: Port) throws {
    var refusal: String?
    if Text.read("/sys/module/\(Self.name)/initstate") != nil {
      let (status, output) = Spawn.run("/usr/bin/busybox", ["rmmod", Self.name])
      if status != 0 { refusal = "the extension does not go: \(output.split(separator: "\n").last ?? "")" }
    }
    // What the kernel does late, such as lockdep at the end of a task.
    pause(microseconds: 500_000)
    messages.read()
    for line in messages.excerpt {
      var record = Record("log")
      record.set("source", "kernel")
      record.set("line", line)
      port.write(record)
    }
    if let first = messages.complaints.first {
      let more = messages.complaints.count > 1 ? ", and \(messages.complaints.count - 1) more" : ""
      throw Stage.Refusal(reason: "the kernel complained: \(first)\(more)")
    }
    if let refusal { throw Stage.Refusal(reason: refusal) }
  }
}
