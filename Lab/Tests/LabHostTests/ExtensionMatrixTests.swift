import Foundation
import LabCatalog
import LabResults
import Testing

@testable import LabHost

@Suite struct `The matrix of the kernel extension` {
  private func runs(_ kernels: [String] = [], _ scenarios: [String] = [], withExtension: Bool = true) throws -> [Run] {
    try Matrix.runs(
      kernels: kernels, killers: [], scenarios: scenarios, withExtension: withExtension, repetitions: 1, seed: 1)
  }

  @Test func `is every kernel of Debian's with every scenario of the extension, and nothing else`() throws {
    let runs = try runs()
    #expect(runs.allSatisfy { $0.scenario.family == .extension && $0.killer.name == "kernel" })
    for kernel in Kernel.all {
      let names = runs.filter { $0.kernel == kernel }.map(\.scenario.name)
      #expect(names == (kernel.checksItself ? [] : ["extension-tests", "extension-calls", "extension-speed"]))
    }
  }

  @Test func `says where a scenario makes no sense, instead of running it`() throws {
    func refusals(_ kernel: String) throws -> [String?] {
      try runs([kernel]).map { $0.scenario.refusal(on: $0.kernel) }
    }
    #expect(try refusals("5.10").allSatisfy { $0 == "the extension is for Linux 6.1 and later" })
    for kernel in ["6.1", "6.12", "7.2"] { #expect(try refusals(kernel).allSatisfy { $0 == nil }) }
    #expect(try refusals("6.12-checked").map { $0 == nil } == [true, true, false])
    for scenario in Scenario.all where scenario.family != .extension {
      #expect(Kernel.all.allSatisfy { scenario.refusal(on: $0) == nil })
    }
  }

  @Test func `has the kernel that checks itself only if it is named`() throws {
    let checked = try #require(Kernel.all.first { $0.checksItself }).name
    #expect(try !runs().contains { $0.kernel.name == checked })
    #expect(try runs([checked]).map(\.kernel.name) == [checked, checked, checked])
    let others = try Matrix.runs(kernels: [], killers: [], scenarios: [], repetitions: 1, seed: 1)
    #expect(!others.contains { $0.kernel.name == checked || $0.scenario.family == .extension })
  }

  @Test(
    arguments: [
      (["6.12-checked"], [], false, "the kernel 6.12-checked without --extension"),
      ([], ["extension-speed"], false, "the scenario extension-speed without --extension"),
      ([], ["hog"], true, "the scenario hog with --extension"),
    ] as [([String], [String], Bool, String)])
  func `refuses a choice that is not of it`(
    kernels: [String], scenarios: [String], withExtension: Bool, words: String
  ) {
    #expect {
      try runs(kernels, scenarios, withExtension: withExtension)
    } throws: { error in
      "\(error)".contains("cannot run \(words)") && (error as? LabFailure)?.exit == LabFailure.usage
    }
  }

  @Test func `repeats each of its runs by a command that loads the extension again`() throws {
    let extended = try runs(["7.2"], ["extension-speed"])
    let run = try #require(extended.first)
    #expect(run.command.hasPrefix("make lab LAB='run --again --extension --kernel 7.2 "))
    let others = try Matrix.runs(
      kernels: ["7.2"], killers: ["kernel"], scenarios: ["hog"], repetitions: 1, seed: 1)
    let other = try #require(others.first)
    #expect(!other.command.contains("--extension"))
  }
}

@Suite struct `The guest of the kernel extension` {
  private func arguments(_ accelerator: Accelerator, changesCode: Bool) -> [String] {
    let place = URL(filePath: "/nowhere")
    let image = KernelImage(kernel: place, initramfs: place, release: "6.1.0")
    return VirtualMachine(
      kernel: image, threads: .multi, accelerator: accelerator, changesCode: changesCode, memoryMiB: 512, root: place,
      tools: place, tests: nil, swapMiB: 0, disk: nil, commandLine: "", limitSeconds: 20, working: place
    ).arguments(console: place, results: place, swap: place)
  }

  @Test func `is emulated by one thread, on every kernel`() {
    #expect(arguments(.tcg, changesCode: true).contains("tcg,thread=single"))
    #expect(arguments(.tcg, changesCode: false).contains("tcg,thread=multi"))
  }

  @Test func `has the processor itself where that runs it`() {
    let arguments = arguments(.kvm, changesCode: true)
    #expect(arguments.contains("kvm") && arguments.contains("host"))
  }

  @Test(
    arguments: [
      "BUG: KASAN: slab-use-after-free in scythe_walk+0x1/0x2 [scythe]", "WARNING: CPU: 1 PID: 7 at mm/memory.c:1",
      "WARNING: possible circular locking dependency detected", "Oops: general protection fault, probably for 1",
      "kernel BUG at mm/rmap.c:12!", "BUG: sleeping function called from invalid context at mm/x.c:1",
      "WARNING: suspicious RCU usage", "WARNING: bad unlock balance detected!", "list_del corruption, c->next is NULL",
      "BUG: Bad rss-counter state mm:1 type:MM_ANONPAGES val:1", "BUG: unable to handle page fault for address: 1",
    ])
  func `has failed if its kernel finds a fault in itself`(line: String) {
    #expect(KernelComplaint.isBegun(by: line))
  }

  @Test(
    arguments: [
      "", "scythe: loading out-of-tree module taints kernel.", "Out of memory: Killed process 12 (hog) total-vm:1kB",
      "EXT4-fs (vda): mounted filesystem with ordered data mode", "scythe: not loaded: another user of the hook",
      "INFO: task scythe-victim:12 blocked for more than 120 seconds.",
    ])
  func `has not failed by what is no fault`(line: String) {
    #expect(!KernelComplaint.isBegun(by: line))
  }
}
