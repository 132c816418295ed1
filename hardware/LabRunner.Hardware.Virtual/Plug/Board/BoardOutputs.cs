using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Board;

/// <summary>Relay, LED and SEL as they are soldered: they follow the levels of their own GPIOs, whatever the firmware thinks of those.</summary>
internal sealed class BoardOutputs(IReadOnlyDictionary<int, (PinRole Role, int Channel)> wired, Engine engine, IPlugOutside outside)
{
    /// <summary>Contact closed and mains present.</summary>
    public bool Contact { get; private set; }

    public bool Led { get; private set; }

    /// <summary>Level of the SEL pin; not driven reads as low.</summary>
    public bool Sel { get; private set; }

    /// <param name="levels">Driven levels by GPIO, null where not driven or without firmware.</param>
    /// <param name="powered">Mains present.</param>
    public void Follow(bool?[]? levels, bool powered)
    {
        bool contact = false;
        bool led = false;
        bool sel = false;
        foreach ((int pin, (PinRole role, _)) in wired)
        {
            bool? level = powered ? levels?[pin] : null;
            contact |= level is { } relay && PinRoles.IsRelay(role) && relay == (role == PinRole.Rel);
            led |= level is { } lamp && IsLed(role) && lamp == (role is PinRole.Led or PinRole.WifiLed);
            sel |= role is PinRole.Sel or PinRole.SelInverted && level == true;
        }

        if (sel != Sel)
        {
            Sel = sel;
            outside.SelChanged(engine.Now, sel);
        }

        if (led != Led)
        {
            Led = led;
            outside.LedChanged(engine.Now, led);
        }

        if (contact != Contact)
        {
            Contact = contact;
            outside.ContactChanged(engine.Now, contact);
        }
    }

    private static bool IsLed(PinRole role) =>
        role is PinRole.Led or PinRole.LedInverted or PinRole.WifiLed or PinRole.WifiLedInverted;
}
