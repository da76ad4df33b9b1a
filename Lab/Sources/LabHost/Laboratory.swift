import BenchmarkMachine
package import Foundation
package import LabCatalog
package import LabResults

/// Everything that a run needs: the cache, the guests' disks, and what runs them.
package final class Laboratory: Sendable {
  /// Where things are.
  package struct Places: Sendable {
    /// The folder of the repository.
    package var repository: URL
    /// What `make lab-tools` built.
    package var tools: URL
    package var cache: Cache
    /// A scythed to be used instead of the one that was built.
    package var daemon: String?

    /// Where things are.
    package init(repository: URL, tools: URL, cache: Cache, daemon: String?) {
      self.repository = repository
      self.tools = tools
      self.cache = cache
      self.daemon = daemon
    }

    /// Which build of this repository's programs a killer is: two results that differ in it are of different programs.
    ///
    /// - Returns: `nil` for the killers that come as packages, and for programs that are not built.
    package func version(of killer: Killer) -> String? {
      guard !killer.tools.isEmpty else { return nil }
      let programs = killer.tools.map { name in
        daemon.flatMap { name == "scythed" ? URL(filePath: $0) : nil } ?? tools.appending(path: name)
      }
      let contents = programs.compactMap { try? Data(contentsOf: $0, options: .alwaysMapped) }
      return contents.count == programs.count ? "build \(Digest.of(contents))" : nil
    }

    /// The lab's own files for guests.
    var files: URL { repository.appending(path: "Lab/Guest") }
    /// The unit of the daemon, before its prefix is known.
    var unit: URL { repository.appending(path: "Packaging/systemd/scythed.service.in") }
    /// What the kernel must have that checks itself.
    var configuration: URL { repository.appending(path: "Lab/Kernel/self-checking.config") }
    /// What `make extension-source` left: the sources of the kernel extension in a folder by version, its Swift compiled.
    var extensionSource: URL { repository.appending(path: ".build/extension-source") }
  }

  private let places: Places
  private let root: RootImage
  private let tools: GuestTools
  private let tests: GuestTests
  private let kernels: [String: KernelImage]
  /// What each kernel could not be fetched for, by its name.
  package let missingKernels: [String: LabFailure]
  /// Why the kernel extension could not be built for a kernel, by its name.
  package let missingModules: [String: LabFailure]
  package let accelerator: Accelerator

  /// Fetches and makes whatever is not there.
  ///
  /// - Parameters:
  ///   - kernels: those that will be booted.
  ///   - extended: those of them that the kernel extension is built for.
  ///   - progress: is told what is being done.
  package init(
    _ places: Places, kernels: [Kernel], extended: [Kernel] = [], progress: (String) -> Void
  ) async throws {
    self.places = places
    for program in Program.all { _ = try program.path() }
    guard FileManager.default.fileExists(atPath: places.files.appending(path: "init").location) else {
      throw LabFailure(
        "cannot run the lab: \(places.repository.location) is not the folder of its repository; go there, or give"
          + " --repository", exit: LabFailure.usage)
    }
    places.cache.removeWorking()
    progress("the guests' disk")
    root = try await RootImage(in: places.cache, files: places.files)
    var images: [String: KernelImage] = [:]
    var roots: [String: BuildRoot] = [:]
    var missing: [String: LabFailure] = [:]
    for kernel in kernels {
      progress("the kernel \(kernel.name)")
      do {
        if kernel.checksItself {
          let built = try await SelfCheckingKernel(
            kernel, in: places.cache, configuration: places.configuration, progress: progress)
          roots[kernel.name] = built.root
          images[kernel.name] = try await KernelImage(
            kernel, unpacked: built.unpacked, in: places.cache, files: places.files)
        } else {
          images[kernel.name] = try await KernelImage(kernel, in: places.cache, files: places.files)
        }
      } catch let failure as LabFailure {
        missing[kernel.name] = failure
      }
    }
    self.kernels = images
    missingKernels = missing
    guard let kernel = kernels.first(where: { images[$0.name] != nil }), let image = images[kernel.name] else {
      throw missing.values.first ?? LabFailure("cannot run the lab: no kernel is chosen", exit: LabFailure.usage)
    }
    let (modules, withoutModule) = try await Self.modules(for: extended, images, roots, places, progress)
    missingModules = withoutModule
    progress("the tools for guests")
    tools = try await GuestTools(
      from: places.tools, daemon: places.daemon, modules: modules, files: places.files, unit: places.unit,
      in: places.cache)
    tests = try GuestTests(from: places.tools, in: places.cache)
    progress("what can run guests here")
    let (root, tools, working) = (root, tools, try places.cache.working())
    accelerator = try await Accelerator.probe(in: places.cache) { accelerator in
      let machine = Self.machine(
        image, kernel, accelerator, root, tools, nil, Scenario.probe,
        Request(scenario: "probe", killer: "kernel", seed: 1), in: working)
      return try await machine.run().results.contains("\"end\"")
    }
  }

  /// Takes away what is of no use after the last run.
  package func close() { places.cache.removeWorking() }

  /// The version of a killer's package.
  package func version(of killer: Killer) -> String? { root.versions[killer.name] ?? places.version(of: killer) }

  /// Runs one scenario in a guest of its own.
  ///
  /// - Throws: `CancellationError`; what goes wrong otherwise is in the result.
  package func run(_ run: Run) async throws -> RunResult {
    var result = RunResult(
      kernel: run.kernel.name, killer: run.killer.name, scenario: run.scenario.name, repetition: run.repetition,
      state: .done, reason: nil, accelerator: accelerator.rawValue, command: run.command,
      wallSeconds: 0, hostLoad: MachineSurvey.loadAverages.split(separator: " ").first.flatMap { Double($0) } ?? 0,
      began: Int64(Date().timeIntervalSince1970))
    result.host = MachineSurvey.facts
    result.killerVersion = version(of: run.killer)
    if let refusal = run.scenario.refusal(on: run.kernel) {
      result.state = .notApplicable
      result.reason = refusal
      return result
    }
    guard let image = kernels[run.kernel.name] else {
      result.state = .failed
      result.reason = missingKernels[run.kernel.name]?.description ?? "the kernel was not fetched"
      return result
    }
    if run.scenario.family == .extension, let failure = missingModules[run.kernel.name] {
      result.state = .failed
      result.reason = failure.description
      return result
    }
    let needed = run.killer.tools + run.scenario.tools
    if let missing = needed.first(where: { !tools.programs.contains($0) }) {
      result.state = .notBuilt
      result.reason = "the guests' tools have no \(missing): `make lab` builds all of them"
      return result
    }
    let begin = ContinuousClock.now
    do {
      let machine = Self.machine(
        image, run.kernel, accelerator, root, tools,
        run.scenario.tools.contains(GuestTools.testsName) ? try await tests.image() : nil, run.scenario,
        Request(
          scenario: run.scenario.name, killer: run.killer.name, seed: UInt64(run.repetition), minutes: run.minutes),
        in: try places.cache.working())
      let outcome = try await machine.run()
      GuestReport.read(
        outcome, into: &result, limitSeconds: run.scenario.limitSeconds(ofMinutes: run.minutes))
    } catch let error as CancellationError {
      throw error
    } catch {
      // Whatever this machine could not do for it: the other runs may go well.
      result.state = .failed
      result.reason = (error as? LabFailure)?.description ?? error.localizedDescription
    }
    result.wallSeconds = ((ContinuousClock.now - begin) / .milliseconds(1) / 10).rounded() / 100
    return result
  }

  /// Compiles the kernel extension.
  ///
  /// - Parameters:
  ///   - kernels: those that are to have it.
  ///   - roots: where something for a kernel is built already.
  /// - Returns: the modules, and why there is none for others of the kernels that are there.
  private static func modules(
    for kernels: [Kernel], _ images: [String: KernelImage], _ roots: [String: BuildRoot], _ places: Places,
    _ progress: (String) -> Void
  ) async throws -> (modules: [ExtensionModule], missing: [String: LabFailure]) {
    var modules: [ExtensionModule] = []
    var missing: [String: LabFailure] = [:]
    for kernel in kernels {
      guard let release = images[kernel.name]?.release else { continue }
      progress("the extension for \(release)")
      do {
        let root: BuildRoot
        if let own = roots[kernel.name] {
          root = own
        } else {
          root = try await BuildRoot(for: kernel, release: release, in: places.cache)
        }
        modules.append(
          try await ExtensionModule(
            for: kernel, release: release, from: places.extensionSource, in: root, places.cache))
      } catch let failure as LabFailure {
        missing[kernel.name] = failure
      }
    }
    return (modules, missing)
  }

  private static func machine(
    _ image: KernelImage, _ kernel: Kernel, _ accelerator: Accelerator, _ root: RootImage, _ tools: GuestTools,
    _ tests: URL?, _ scenario: Scenario, _ request: Request, in working: URL
  ) -> VirtualMachine {
    let needsSystemd = scenario.family == .service || Killer.named(request.killer)?.start == .systemd
    var start = needsSystemd ? " lab.init=systemd" : ""
    if scenario.usesVersion1 { start += " systemd.unified_cgroup_hierarchy=0" }
    // Before 6.5 memory that not even the kernel reads has to be asked for, and tests make some.
    if tests != nil { start += " secretmem.enable=1" }
    let isExtended = scenario.family == .extension
    if isExtended { start += " \(ExtensionModule.commandLine)" }
    return VirtualMachine(
      kernel: image, threads: kernel.threads, accelerator: accelerator, changesCode: isExtended,
      memoryMiB: scenario.memoryMiB, root: root.image, tools: tools.image, tests: tests,
      swapMiB: scenario.swap == .disk ? scenario.memoryMiB : 0,
      disk: scenario.disk, commandLine: request.commandLine + start,
      limitSeconds: scenario.limitSeconds(ofMinutes: request.minutes),
      working: working)
  }
}
