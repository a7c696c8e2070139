-- A copy of the database must not be able to use the real Twilio account.
UPDATE whatsapp_account
   SET twilio_account_sid = NULL,
       twilio_auth_token = NULL,
       twilio_previous_auth_token = NULL,
       twilio_api_key_sid = NULL,
       twilio_api_key_secret = NULL,
       twilio_shared_key = NULL;
