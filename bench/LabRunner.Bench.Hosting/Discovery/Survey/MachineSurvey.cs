namespace LabRunner.Bench.Hosting.Discovery.Survey;

/// <summary>A GPIO chip.</summary>
/// <param name="Path">Its node.</param>
/// <param name="Label">Name of the hardware; null where neither the chip nor /sys tells.</param>
/// <param name="LineCount">How many lines it has, null where it is not told.</param>
/// <param name="Lines">The lines; empty where the chip could not be asked.</param>
/// <param name="Problem">Why it could not be asked, null when it was.</param>
public sealed record FoundGpioChip(string Path, string? Label, int? LineCount, IReadOnlyList<GpioLineAnswer> Lines, string? Problem);

/// <summary>A serial port with hardware behind it.</summary>
/// <param name="Path">The name that stays: by-id, else by-path, else the node.</param>
/// <param name="Node">Its node, such as /dev/ttyUSB0.</param>
/// <param name="Usb">USB location such as 1-1.4; null on board.</param>
/// <param name="VendorProduct">vendor:product of the USB device in hexadecimal, null on board.</param>
/// <param name="Product">What the adapter calls itself.</param>
/// <param name="SerialNumber">Serial number of the adapter, null without one.</param>
/// <param name="Driver">Kernel driver.</param>
/// <param name="KernelConsole">The kernel or a login prompt speaks on it.</param>
/// <param name="Note">What to know before it is used, null for nothing.</param>
public sealed record FoundSerialPort(
    string Path, string Node, string? Usb, string? VendorProduct, string? Product, string? SerialNumber, string? Driver, bool KernelConsole, string? Note);

/// <summary>A PWM chip of /sys/class/pwm.</summary>
/// <param name="Name">pwmchipN.</param>
/// <param name="Device">Name of the device behind it, which stays.</param>
/// <param name="Channels">How many channels it has.</param>
public sealed record FoundPwmChip(string Name, string? Device, int Channels);

/// <summary>An I2C bus.</summary>
/// <param name="Number">N of /dev/i2c-N.</param>
/// <param name="Name">Name of the adapter.</param>
/// <param name="Internal">True: it belongs to a display, a graphics card or the mainboard and is nothing for a bench.</param>
/// <param name="Addresses">Addresses that answered; null where nobody asked.</param>
public sealed record FoundI2cBus(int Number, string Name, bool Internal, IReadOnlyList<int>? Addresses);

/// <summary>A USB hub that can switch its ports' power one by one.</summary>
/// <param name="Location">Location as uhubctl takes it.</param>
/// <param name="Description">What it calls itself.</param>
/// <param name="Ports">How many ports it has.</param>
public sealed record FoundPowerHub(string Location, string Description, int Ports);

/// <summary>What a machine has that a bench can use.</summary>
/// <param name="Model">Model of the board, null where the machine does not tell (a PC).</param>
/// <param name="GpioChips">GPIO chips, in order of their nodes.</param>
/// <param name="SerialPorts">Serial ports.</param>
/// <param name="PwmChips">PWM chips.</param>
/// <param name="I2cBuses">I2C buses.</param>
/// <param name="PowerHubs">Hubs that switch power; null where uhubctl is not installed.</param>
/// <param name="TakenHeaderPins">BCM numbers that something else uses, with what it is.</param>
public sealed record MachineSurvey(
    string? Model, IReadOnlyList<FoundGpioChip> GpioChips, IReadOnlyList<FoundSerialPort> SerialPorts, IReadOnlyList<FoundPwmChip> PwmChips,
    IReadOnlyList<FoundI2cBus> I2cBuses, IReadOnlyList<FoundPowerHub>? PowerHubs, IReadOnlyDictionary<int, string> TakenHeaderPins)
{
    /// <summary>Labels of the chips behind a Raspberry Pi's header (Raspberry Pi kernel: pinctrl-bcm2835.c, pinctrl-rp1.c).</summary>
    public static IReadOnlyList<string> HeaderLabels { get; } = ["pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"];

    /// <summary>The chip behind the header of a Raspberry Pi; null on other machines.</summary>
    public FoundGpioChip? Header => GpioChips.FirstOrDefault(chip => chip.Label is { } label && HeaderLabels.Contains(label));

    /// <summary>Looks at a machine.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="probeI2c">True: also reads a byte from every address of the buses that are no internal ones.</param>
    /// <param name="cancellationToken">Ends the programs that are asked.</param>
    public static async Task<MachineSurvey> TakeAsync(IMachine machine, bool probeI2c, CancellationToken cancellationToken)
    {
        MachineFiles files = machine.Files;
        string? model = files.Text("/proc/device-tree/model");
        IReadOnlyList<FoundGpioChip> chips = GpioSurvey.Read(machine);
        IReadOnlyList<FoundPwmChip> pwm = PwmSurvey.Read(files);
        return new(
            model, chips, SerialSurvey.Read(files), pwm, I2cSurvey.Read(machine, probeI2c),
            await HubSurvey.ReadAsync(machine, cancellationToken).ConfigureAwait(false),
            HeaderPins.Taken(files, BootConfig.Read(files), chips, pwm.Count > 0));
    }
}
