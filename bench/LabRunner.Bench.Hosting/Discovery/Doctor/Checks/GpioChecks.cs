using LabRunner.Bench.Hosting.Discovery.Survey;

namespace LabRunner.Bench.Hosting.Discovery.Doctor.Checks;

/// <summary>GPIO chips and the right to them.</summary>
internal sealed class GpioCheck : IDoctorCheck
{
    public int Order => 20;

    public string Name => "gpio";

    public Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        IReadOnlyList<FoundGpioChip> chips = GpioSurvey.Read(visit.Machine);
        List<Finding> findings = [.. chips.Select(chip => Judge(visit, chip))];
        findings.AddRange(visit.Needs.GpioLabels.Where(label => chips.All(chip => chip.Label != label)).Select(label => Missing(visit, $"a chip labelled '{label}'", chips)));
        findings.AddRange(visit.Needs.GpioPaths.Where(path => visit.Files.Resolve(path) is not { } node || chips.All(chip => chip.Path != node)).Select(path => Missing(visit, path, chips)));
        if (findings.Count == 0)
        {
            findings.Add(visit.RaspberryPi
                ? new(Name, CheckState.Warn, "this Raspberry Pi shows no GPIO chip", "use a Raspberry Pi kernel with /dev/gpiochip0, or pass the device into the container")
                : new(Name, CheckState.NotApplicable, "this machine has no GPIO chip"));
        }

        return Task.FromResult<IReadOnlyList<Finding>>(findings);
    }

    private Finding Judge(DoctorVisit visit, FoundGpioChip chip)
    {
        bool needed = (chip.Label is { } label && visit.Needs.GpioLabels.Contains(label)) || visit.Needs.GpioPaths.Any(path => visit.Files.Resolve(path) == chip.Path);
        string what = $"{chip.Path} '{chip.Label ?? "?"}'{(chip.LineCount is { } count ? $", {count} lines" : "")}";
        return visit.Machine.Owner(chip.Path) is { } owner && !visit.User.MayUse(owner)
            ? new(Name, DoctorVisit.Bad(needed), $"{what}: this user may not open it", visit.User.Remedy(chip.Path, owner))
            : chip.Problem is { } problem ? new(Name, DoctorVisit.Bad(needed), $"{what}: {problem}", "use Linux 5.10 or newer and look at 'gpiodetect'")
            : new(Name, CheckState.Ok, what);
    }

    private Finding Missing(DoctorVisit visit, string what, IReadOnlyList<FoundGpioChip> chips) => new(
        Name, CheckState.Wrong, $"bench '{visit.Needs.Bench}' needs {what}, which is not there",
        chips.Count == 0 ? "run this on the machine that has the chip" : $"name one of {string.Join(", ", chips.Select(chip => $"'{chip.Label}'"))} in the inventory");
}

/// <summary>
/// What becomes of an output when its owner dies. Raspberry Pi kernels keep it as it was; the parameter persist_gpio_outputs of pinctrl-bcm2835
/// and its shorthand dtparam=strict_gpiod turn it back into an input (Raspberry Pi: GPIO usage white paper).
/// </summary>
internal sealed class StrictGpioCheck : IDoctorCheck
{
    private static readonly string[] Modules = ["pinctrl_bcm2835", "pinctrl_rp1"];

    public int Order => 21;

    public string Name => "strict_gpiod";

    public Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Finding>>([Look(visit)]);

    private Finding Look(DoctorVisit visit)
    {
        if (!visit.RaspberryPi)
        {
            return new(Name, CheckState.NotApplicable, "no Raspberry Pi");
        }

        string? kept = Modules.Select(module => visit.Files.Text($"/sys/module/{module}/parameters/persist_gpio_outputs")).OfType<string>().FirstOrDefault();
        bool asked = visit.Boot.Parameter("strict_gpiod") is not null
            || (visit.Files.Text("/proc/cmdline") ?? "").Split(' ').Any(word => word is "pinctrl_bcm2835.persist_gpio_outputs=n" or "pinctrl_bcm2835.persist_gpio_outputs=0");
        string config = visit.Boot.Path ?? "/boot/firmware/config.txt";
        return (kept, asked) switch
        {
            ("N" or "0", _) => new(Name, CheckState.Ok, "outputs turn into inputs when their owner dies"),
            (null, true) => new(Name, CheckState.Ok, $"asked for in {config}"),
            (_, true) => new(Name, CheckState.Warn, $"{config} asks for it, but the kernel still keeps outputs as they were", "sudo reboot"),
            _ => new(
                Name, CheckState.Warn, "outputs keep their level when their owner dies: only the guard process would switch a relay off",
                $"echo dtparam=strict_gpiod | sudo tee -a {config}, then sudo reboot"),
        };
    }
}

/// <summary>Hardware PWM for reference pulses.</summary>
internal sealed class PwmCheck : IDoctorCheck
{
    public int Order => 22;

    public string Name => "pwm";

    public Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        IReadOnlyList<FoundPwmChip> chips = PwmSurvey.Read(visit.Files);
        string config = visit.Boot.Path ?? "/boot/firmware/config.txt";
        BootSetting? asked = visit.Boot.Settings.LastOrDefault(setting => setting is { Key: "dtoverlay", Name: "pwm" or "pwm-2chan" });
        string overlay = asked is null ? $"echo dtoverlay=pwm-2chan | sudo tee -a {config}, then sudo reboot"
            : $"{config} asks for the overlay {asked.Name}: sudo reboot; and where that did not help, look at 'sudo vclog --msg' for why it was not loaded";
        List<Finding> findings = [.. visit.Needs.PwmChips.Where(need => !chips.Any(chip => chip.Name == need || chip.Device == need || chip.Name == "pwmchip" + need))
            .Select(need => new Finding(Name, CheckState.Wrong, $"bench '{visit.Needs.Bench}' needs the PWM chip '{need}', which is not there", visit.RaspberryPi ? overlay : "run this on the machine that has it"))];
        findings.AddRange(chips.Select(chip => Judge(visit, chip)));
        if (findings.Count == 0)
        {
            findings.Add(new(
                Name, CheckState.NotApplicable, visit.RaspberryPi ? "no PWM overlay is loaded, so there are no reference pulses from this machine's pins" : "this machine has no PWM",
                visit.RaspberryPi ? overlay : null));
        }

        return Task.FromResult<IReadOnlyList<Finding>>(findings);
    }

    private Finding Judge(DoctorVisit visit, FoundPwmChip chip)
    {
        bool needed = visit.Needs.PwmChips.Any(need => chip.Name == need || chip.Device == need || chip.Name == "pwmchip" + need);
        string what = $"{chip.Name} ({chip.Device ?? "?"}), {chip.Channels} channels";
        string node = $"/sys/class/pwm/{chip.Name}/export";
        return visit.Machine.Owner(node) is { } owner && !visit.User.MayWrite(owner)
            ? new(Name, DoctorVisit.Bad(needed), $"{what}: this user may not use it", visit.User.Remedy(node, owner))
            : new(Name, CheckState.Ok, what);
    }
}

/// <summary>I2C buses.</summary>
internal sealed class I2cCheck : IDoctorCheck
{
    public int Order => 23;

    public string Name => "i2c";

    public Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        IReadOnlyList<FoundI2cBus> buses = [.. I2cSurvey.Read(visit.Machine, probe: false).Where(bus => !bus.Internal || visit.Needs.I2cBuses.Contains(bus.Number))];
        string remedy = visit.RaspberryPi ? "sudo raspi-config nonint do_i2c 0, then sudo reboot" : "sudo modprobe i2c-dev, and list the buses with 'i2cdetect -l'";
        List<Finding> findings = [.. visit.Needs.I2cBuses.Except(buses.Select(bus => bus.Number))
            .Select(need => new Finding(Name, CheckState.Wrong, $"bench '{visit.Needs.Bench}' needs /dev/i2c-{need}, which is not there", remedy))];
        foreach (FoundI2cBus bus in buses)
        {
            string node = $"/dev/i2c-{bus.Number}";
            findings.Add(visit.Machine.Owner(node) is { } owner && !visit.User.MayUse(owner)
                ? new(Name, DoctorVisit.Bad(visit.Needs.I2cBuses.Contains(bus.Number)), $"{node} '{bus.Name}': this user may not open it", visit.User.Remedy(node, owner))
                : new(Name, CheckState.Ok, $"{node} '{bus.Name}'"));
        }

        if (findings.Count == 0)
        {
            findings.Add(new(Name, CheckState.NotApplicable, visit.RaspberryPi ? "the header's I2C is not enabled" : "this machine has no I2C bus for a bench", visit.RaspberryPi ? remedy : null));
        }

        return Task.FromResult<IReadOnlyList<Finding>>(findings);
    }
}
