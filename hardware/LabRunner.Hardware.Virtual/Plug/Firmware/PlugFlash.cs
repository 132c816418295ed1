using System.Globalization;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Rom;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>Flash variables ("OBK_FV", 64 bytes): counters, remembered channel values and energy; written at once when they change.</summary>
internal sealed class FlashVars
{
    /// <summary>Channels whose value can be remembered (MAX_RETAIN_CHANNELS).</summary>
    public const int RetainedChannels = 12;

    public int BootCount { get; set; }

    public int SuccessCount { get; set; }

    public int[] Retained { get; } = new int[RetainedChannels];

    public double EnergyTotalWattHours { get; set; }

    public double EnergyTodayWattHours { get; set; }

    public double EnergyYesterdayWattHours { get; set; }

    /// <summary>Day of the month of <see cref="EnergyTodayWattHours"/>; null until the clock was synchronised.</summary>
    public int? Day { get; set; }

    /// <summary>Incomplete boots, including the running one until it is marked good.</summary>
    public int Failures => BootCount - SuccessCount;
}

/// <summary>What survives a power cut: configuration, flash variables, firmware slots.</summary>
internal sealed class PlugFlash
{
    private readonly VirtualChip _chip;
    private readonly string _version;
    private FlashMemory? _memory;

    public PlugFlash(VirtualPlugConfig plug, VirtualChip chip, IReadOnlyDictionary<int, (PinRole Role, int Channel)> template, long seed)
    {
        _chip = chip;
        byte[] tail = new byte[3];
        new Chance(seed, plug.Name + "/mac").Fill(tail);
        // 18:B9:05 is a prefix seen on BL602 modules.
        Mac = [0x18, 0xB9, 0x05, .. tail];
        _version = plug.Version;
        Saved = PlugConfig.Default(Mac, _chip);
        Saved.Flags = (ulong)plug.Flags;
        foreach ((int pin, (PinRole role, int channel)) in template)
        {
            Saved.Roles[pin] = role;
            Saved.Channels[pin] = channel;
        }

        if (plug.MqttClient is { } client)
        {
            Saved.MqttClient = client;
            Saved.MqttHost = "127.0.0.1";
        }
    }

    public IReadOnlyList<byte> Mac { get; }

    /// <summary>Last four bytes in hexadecimal, as in the names.</summary>
    public string MacText => string.Concat(Mac.Select(b => b.ToString("X2", CultureInfo.InvariantCulture)));

    /// <summary>The configuration as last saved.</summary>
    public PlugConfig Saved { get; private set; }

    public FlashVars Vars { get; private set; } = new();

    /// <summary>Run time of the last write of configuration or energy; null: none yet.</summary>
    public TimeSpan? WrittenAt { get; set; }

    /// <summary>The whole settings area is lost, the flash variables with it: the next boot finds the factory's.</summary>
    public void LoseArea()
    {
        Saved = PlugConfig.Default(Mac, _chip);
        Vars = new FlashVars();
    }

    /// <summary>Version in the running slot; null when what stands there does not boot.</summary>
    public string? Version => _memory is null ? _version : _chip.Bootable(_memory);

    /// <summary>Contents of the flash chip; made at the first access, because most plugs are never flashed.</summary>
    public FlashMemory Memory => _memory ??= _chip.MakeFlash(_version);

    /// <summary>The partition table in flash points to the update slot: what stands there is to be unpacked by the boot loader.</summary>
    public bool UpdateWaits => _memory is not null && FlashLayout.UpdateIn(_memory) is not null;

    /// <summary>Index of the active slot, as the OTA log prints it.</summary>
    public int ActiveSlot { get; private set; }

    public void Save(PlugConfig config)
    {
        config.ChangeCounter++;
        Saved = config.Clone();
    }

    /// <summary>The partition table is switched to a complete image in slot B.</summary>
    public void SwitchTo(ReadOnlySpan<byte> body) => FlashLayout.PlaceUpdate(Memory, body);

    /// <summary>Slot B is erased: an image waiting there is gone.</summary>
    public void EraseUpdateSlot() => FlashLayout.RemoveUpdate(Memory);

    /// <summary>What stands in the running slot is destroyed; only the boot ROM still answers.</summary>
    public void Destroy()
    {
        FlashLayout.RemoveUpdate(Memory);
        FlashLayout.PlaceFirmware(Memory, []);
    }

    /// <summary>Settings, names and calibration are the factory's.</summary>
    public void LoseSettings() => Saved = PlugConfig.Default(Mac, _chip);

    /// <summary>The boot loader has unpacked slot B over slot A.</summary>
    public void Unpacked()
    {
        // Packed or raw; what does not unpack leaves the slot empty.
        ReadOnlyMemory<byte> body = FlashLayout.UpdateIn(Memory)!;
        ReadOnlySpan<byte> firmware = XzUnpack.Begins(body.Span) ? XzUnpack.Unpack(body, OtaImage.MaxUnpackedLength) ?? [] : body.Span;
        FlashLayout.PlaceFirmware(Memory, firmware);
        FlashLayout.Activate(Memory, 0, firmware.Length);
    }

    /// <summary>At a start: settings that were erased with the flash are the defaults again.</summary>
    public void ReadSettings()
    {
        if (_memory is not null && !_chip.HasSettings(_memory))
        {
            LoseArea();
            _chip.PlaceSettings(_memory);
        }
    }
}
