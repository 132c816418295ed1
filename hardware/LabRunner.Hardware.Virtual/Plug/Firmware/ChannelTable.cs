using System.Globalization;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>Channels: the values that pins, buttons, pages, commands and MQTT share (new_pins.c).</summary>
internal sealed class ChannelTable(PlugFirmware firmware)
{
    private readonly int[] _values = new int[PlugConfig.ChannelCount];

    /// <summary>Changes of any channel in this boot.</summary>
    public int Changes { get; private set; }

    public int Get(int channel) => channel is >= 0 and < PlugConfig.ChannelCount ? _values[channel] : 0;

    /// <summary>Sets a channel and everything that follows it: pins, remembered value, MQTT.</summary>
    public void Set(int channel, int value)
    {
        if (channel is < 0 or >= PlugConfig.ChannelCount)
        {
            firmware.Log.Error("GEN", string.Create(CultureInfo.InvariantCulture, $"CHANNEL_Set: Channel index {channel} is out of range <0,{PlugConfig.ChannelCount})."));
            return;
        }

        if (_values[channel] == value)
        {
            return;
        }

        firmware.Log.Info("GEN", string.Create(CultureInfo.InvariantCulture, $"CHANNEL_Set channel {channel} has changed to {value} (flags 0)"));
        _values[channel] = value;
        Changes++;
        if (channel < FlashVars.RetainedChannels && firmware.Config.StartValues[channel] == -1)
        {
            firmware.Plug.Flash.Vars.Retained[channel] = value;
        }

        firmware.Pins.Refresh();
        firmware.Mqtt.ChannelChanged(channel, value);
    }

    public void Toggle(int channel) => Set(channel, Get(channel) == 0 ? 1 : 0);

    /// <summary>Values at boot: fixed ones, or the remembered ones where the start value is -1.</summary>
    public void ApplyStartValues()
    {
        for (int i = 0; i < PlugConfig.ChannelCount; i++)
        {
            int start = firmware.Config.StartValues[i];
            int value = start == -1 && i < FlashVars.RetainedChannels ? firmware.Plug.Flash.Vars.Retained[i] : Math.Max(start, 0);
            int channel = i;
            _values[i] = firmware.Faults.Aggregate(value, (v, fault) => fault.StartValue(channel, v));
        }
    }

    /// <summary>Channels with a relay, in rising order.</summary>
    public IEnumerable<int> Relays() => Enumerable.Range(0, PlugConfig.ChannelCount).Where(IsRelay);

    public bool IsRelay(int channel) => PinsOf(channel).Any(p => PinRoles.IsRelay(firmware.Config.Roles[p]));

    public bool InUse(int channel) => PinsOf(channel).Any();

    /// <summary>Channel of the first relay: what "Power" without a number means.</summary>
    public int? FirstRelay() => Relays().Select(c => (int?)c).FirstOrDefault();

    private IEnumerable<int> PinsOf(int channel) => Enumerable.Range(0, firmware.Config.Roles.Length).Where(
        p => firmware.Config.Channels[p] == channel && firmware.Config.Roles[p] is not (PinRole.None or PinRole.Cf or PinRole.Cf1 or PinRole.Sel or PinRole.SelInverted));
}
